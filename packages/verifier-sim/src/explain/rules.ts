// What do the verifier's refusals mean, and what usually mends them?
//
// A row for each kind of refusal. `pattern` is looked for in the lines that the log ends with; groups are `reg`, and whatever the
// texts name as `{name}`.

/** One kind of refusal. */
export interface Rule {
  /** Stable name. */
  readonly id: string;
  readonly pattern: RegExp;
  /** What is wrong, `{group}` standing for a group of the pattern. */
  readonly cause: string;
  /** What usually mends it. */
  readonly fix: string;
}

/** The first that matches counts. */
export const RULES: readonly Rule[] = [
  {
    id: 'null-check',
    pattern: /R(?<reg>\d+) invalid mem access '(?<type>\w+_or_null)_?'/,
    cause: 'r{reg} may be NULL here ({type}): what gave it may have found nothing, and no branch has asked',
    fix: 'compare it with NULL and leave when it is, before it is used',
  },
  {
    id: 'argument-null',
    pattern: /R(?<reg>\d+) type=(?<type>\w+_or_null)_? expected=(?<expected>.*)/,
    cause: 'r{reg} may be NULL ({type}), and what is called does not take NULL',
    fix: 'compare it with NULL before the call',
  },
  {
    id: 'not-a-pointer',
    pattern: /R(?<reg>\d+) invalid mem access '(?<type>scalar|inv)'/,
    cause: 'r{reg} is a number to the verifier, not a pointer: it never was one, or what it pointed to was given back or moved',
    fix: 'take the pointer anew after calls that release or move memory (bpf_ringbuf_submit, bpf_xdp_adjust_head, bpf_skb_pull_data); read through addresses of unknown origin with bpf_probe_read_kernel or CO-RE',
  },
  {
    id: 'memory-kind',
    pattern: /R(?<reg>\d+) invalid mem access '(?<type>[^']*)'/,
    cause: 'r{reg} is a {type}, through which this program must not read or write',
    fix: 'use the helper or kernel function that reads such objects',
  },
  {
    id: 'uninitialized',
    pattern: /R(?<reg>\d+) !read_ok/,
    cause: 'r{reg} was never set on this path, or a call has left it undefined (r1 to r5 do not survive calls)',
    fix: 'set the variable on every path; in C, look for one that is used without a value, or a function that does not return one',
  },
  {
    id: 'packet-bounds',
    pattern: /R(?<reg>\d+) offset is outside of the packet/,
    cause: 'the packet was not compared with its end far enough for this access through r{reg}',
    fix: 'before the access: if (pointer + bytes > data_end) return …, with the same pointer and all bytes that are read',
  },
  {
    id: 'size-negative',
    pattern: /R(?<reg>\d+) min value is negative, either use unsigned or 'var &= const'/,
    cause: 'the size in r{reg} may be negative as far as the verifier knows',
    fix: 'use an unsigned type, or limit it: size &= MAX - 1',
  },
  {
    id: 'value-bounds',
    pattern: /R(?<reg>\d+) (?:(?:min|max) value is outside of the allowed memory range|unbounded memory access|min value is negative)/,
    cause: 'the offset in r{reg} may lie outside of the memory that it points into',
    fix: 'compare the index with the number of elements right before it is used, as an unsigned number; where the compiler moved the comparison to a copy, mask it: index &= SIZE - 1',
  },
  {
    id: 'value-bounds',
    pattern: /invalid access to (?:map value|memory|map key)[^\n]*/,
    cause: 'the access does not lie within the memory that is there',
    fix: 'compare offset and size with the size of the value first',
  },
  {
    id: 'stack-bounds',
    pattern: /invalid (?:unbounded )?(?:variable-offset )?(?:read from|write to|indirect access to) stack (?:R(?<reg>\d+) )?(?:off=(?<off>-?\d+) size=(?<size>\d+))?/,
    cause: 'the access does not lie within the 512 bytes of stack of its function',
    fix: 'check the index against the size of the array on the stack, and the size that a helper is told',
  },
  {
    id: 'stack-uninitialized',
    pattern: /invalid read from stack (?:R(?<reg>\d+) )?(?:off (?<off>-?\d+))/,
    cause: 'bytes of the stack are read that hold something else than data, or nothing yet',
    fix: 'initialise the whole variable, padding included: struct key key = {}; or memset',
  },
  {
    id: 'context-access',
    pattern: /invalid bpf_context access off=(?<off>-?\d+) size=(?<size>\d+)/,
    cause: 'programs of this type must not touch {size} bytes at offset {off} of their context',
    fix: 'look up which fields the type may read and write and in which sizes; volatile keeps the compiler from merging loads',
  },
  {
    id: 'context-pointer',
    pattern: /dereference of modified ctx ptr R(?<reg>\d+)|negative offset ctx ptr R(?<neg>\d+)|variable ctx access/,
    cause: 'the context is accessed at a changed or variable address',
    fix: 'access fields of the context directly; keep the compiler from computing addresses with volatile or barrier_var()',
  },
  {
    id: 'unreachable',
    pattern: /unreachable insn (?<insn>\d+)/,
    cause: 'no path leads to instruction {insn}',
    fix: 'remove the code; in C, an endless loop or undefined behaviour made the compiler drop what leads there',
  },
  {
    id: 'endless-loop',
    pattern: /infinite loop detected at insn (?<insn>\d+)|back-edge from insn (?<from>\d+) to (?<to>\d+)|old state:/,
    cause: 'the loop comes back to where it was with nothing changed that ends it',
    fix: 'give the loop a counter with a constant limit, or use bpf_for(), bpf_loop(), or may_goto',
  },
  {
    id: 'complexity',
    pattern: /BPF program is too large\. Processed (?<count>\d+) insn|The sequence of \d+ jumps is too complex/,
    cause: 'following all paths takes more than a million instructions',
    fix: 'make loops shorter or use bpf_loop(); put code into global functions, which are verified once; tell the verifier less that makes states differ',
  },
  {
    id: 'call-depth',
    pattern: /the call stack of (?<count>\d+) frames is too deep|recursive call/,
    cause: 'functions call each other more than eight deep, or themselves',
    fix: 'inline some (__always_inline), or go on by a tail call',
  },
  {
    id: 'stack-size',
    pattern: /combined stack size of (?<count>\d+) calls is (?<size>\d+)|(?:Looks like the )?BPF stack limit/,
    cause: 'the stacks of a chain of calls take more than 512 bytes together',
    fix: 'put large variables into a per-CPU array map, or call less deep',
  },
  {
    id: 'reference-leak',
    pattern: /Unreleased reference id=(?<id>\d+) alloc_insn=(?<insn>\d+)/,
    cause: 'what instruction {insn} acquired is not given back on this path',
    fix: 'release it on every path, also where something fails: bpf_ringbuf_discard, bpf_sk_release, …_release',
  },
  {
    id: 'lock-held',
    pattern: /cannot be used inside bpf_(?<what>\w+)-ed region|bpf_spin_unlock is missing|not allowed while holding a lock/,
    cause: 'a lock, or a region without sleep, is still held here',
    fix: 'unlock before it, on every path',
  },
  {
    id: 'helper-unavailable',
    pattern: /(?:program of this type cannot use helper|unknown func|invalid func) (?<name>\w+)#(?<number>-?\d+)/,
    cause: '{name} is not there for programs of this type, on this kernel',
    fix: 'use another program type or helper; bpf_core_enum_value_exists() with enum bpf_func_id asks for one at load time',
  },
  {
    id: 'kfunc-unavailable',
    pattern: /calling kernel function (?<name>\w+) is not allowed/,
    cause: 'the kernel function {name} is not there for programs of this type',
    fix: 'use another program type, or bpf_ksym_exists() where it may be missing',
  },
  {
    id: 'license',
    pattern: /cannot call GPL-restricted function|non-GPL/,
    cause: 'what is called is for programs with a GPL-compatible license',
    fix: 'char LICENSE[] SEC("license") = "GPL" (or "Dual BSD/GPL"), if that is true',
  },
  {
    id: 'sleep',
    pattern: /helper call might sleep|might sleep|sleepable/,
    cause: 'what may sleep is called, or asked for, where nothing may sleep',
    fix: 'use a sleepable program type (SEC("fentry.s/…"), SEC("lsm.s/…"), SEC("syscall")), outside of locks and RCU sections',
  },
  {
    id: 'argument-type',
    pattern: /R(?<reg>\d+) type=(?<type>\S+) expected=(?<expected>.*)/,
    cause: 'argument {reg} is a {type}; what is called takes: {expected}',
    fix: 'pass what it takes; a number where memory is expected is often a pointer whose origin the verifier lost',
  },
  {
    id: 'argument',
    pattern: /Caller passes invalid args into func#(?<func>\d+)|arg#(?<arg>\d+)/,
    cause: 'an argument is not what the prototype of the function promises',
    fix: 'compare the call with the prototype: context, memory of the size of the type, non-NULL where tagged',
  },
  {
    id: 'return-range',
    pattern: /At (?<where>program exit|callback return|async callback return|subprogram exit) the register R(?<reg>\d+) (?<has>.*)/,
    cause: 'r{reg} at {where} {has}',
    fix: 'return one of the values that the program type knows, on every path',
  },
  {
    id: 'pointer-arithmetic',
    pattern: /R(?<reg>\d+) .*(?:pointer arithmetic|pointer subtraction|bitwise operator|tried to (?:add|subtract)|pointer comparison|subtraction from stack pointer|pointer \+= pointer)|math between (?<kind>\w+) pointer|pointer arithmetic|pointer offset -?\d+ is not allowed|frame pointer is read only/,
    cause: 'this is not done with pointers, or not with an unbounded number',
    fix: 'add or subtract bounded numbers only, to pointers that allow it; compare a pointer with NULL before computing with it',
  },
  {
    id: 'read-only',
    pattern: /write into map forbidden|cannot write into|only read is supported/,
    cause: 'this memory may be read only',
    fix: 'keep what changes in a global variable that is not const, or in a map',
  },
  {
    id: 'fall-through',
    pattern: /last insn is not an exit or jmp|jump out of range/,
    cause: 'the program, or a function, runs past its end',
    fix: 'end every path with a return; undefined behaviour in C lets the compiler drop it',
  },
  {
    id: 'alignment',
    pattern: /misaligned (?<what>\w+) access/,
    cause: 'the {what} access is not aligned to its size',
    fix: 'align the field, or copy it byte by byte (__builtin_memcpy to an aligned variable)',
  },
  {
    id: 'pointer-leak',
    pattern: /R(?<reg>\d+) leaks addr/,
    cause: 'r{reg} holds an address of the kernel that would become visible outside',
    fix: 'store numbers, not pointers',
  },
  {
    id: 'constant',
    pattern: /R(?<reg>\d+) (?:is not|must be) a known constant/,
    cause: 'r{reg} must be a constant that the verifier knows',
    fix: 'pass a literal; keep the compiler from merging calls that differ in it',
  },
  {
    id: 'callback-static',
    pattern: /callback function not static/,
    cause: 'a callback is a global function',
    fix: 'declare it static',
  },
  {
    id: 'argument-null',
    pattern: /Possibly NULL pointer passed to (?:trusted )?arg(?<arg>\d+)/,
    cause: 'argument {arg} (counted from 0) may be NULL, and the kernel function does not take NULL',
    fix: 'compare it with NULL before the call',
  },
  {
    id: 'trusted-argument',
    pattern: /R(?<reg>\d+) must be (?:a rcu pointer|referenced)/,
    cause: 'the kernel function takes objects only that are sure to live on; r{reg} is not known to',
    fix: 'acquire the object (bpf_task_acquire, bpf_cgroup_acquire, …), or use it within bpf_rcu_read_lock() when it is a pointer under RCU',
  },
  {
    id: 'release',
    pattern: /unacquired reference|expects refcounted PTR_TO_BTF_ID|passed to release func|has not been acquired before/,
    cause: 'what is to be released was not acquired by this program, was released already, or is pointed into',
    fix: 'release each acquired pointer once, and as it was given',
  },
  {
    id: 'dynptr',
    pattern: /initialized dynptr|Dynptr has to be|write to dynptr|const bpf_dynptr|referenced dynptr/,
    cause: 'the dynptr on the stack is not in the state that this needs',
    fix: 'initialise it once (bpf_dynptr_from_mem, …), use its address only, leave its bytes alone, and submit or discard what was reserved',
  },
  {
    id: 'iterator',
    pattern: /expected an? (?:un)?initialized (?<name>iter_\w+)|expected uninitialized (?<other>iter_\w+)|RCU CS when using/,
    cause: 'the iterator on the stack is not in the state that this needs',
    fix: 'new, then next until it gives NULL, then destroy, each on every path: bpf_for and bpf_for_each do',
  },
  {
    id: 'object-bounds',
    pattern: /access beyond (?:the end of member (?<member>\w+) \(mend:\d+\) in )?struct (?<name>\w+)/,
    cause: 'the access does not lie within one member of struct {name}',
    fix: 'relocate the access (BPF_CORE_READ, preserve_access_index) and read no more than the member has',
  },
  {
    id: 'special-field',
    pattern: /cannot be accessed directly|direct access to \w+ is disallowed|kptr (?:access|in map|cannot)|referenced kptr|invalid kptr access/,
    cause: 'a lock, timer, list, tree or kept pointer is touched by a plain load or store',
    fix: 'use the helpers and kernel functions that are made for it, e.g. bpf_kptr_xchg',
  },
  {
    id: 'lock',
    pattern: /unlock (?:without taking a lock|of different lock|cannot be out of order)|must be held for|Locking two|deadlock detected/,
    cause: 'the lock is not the one that this needs, or is not held, or is held already',
    fix: 'lock and unlock in pairs, the lock beside the data it is for',
  },
  {
    id: 'map-field',
    pattern: /has no valid (?<field>bpf_\w+)|to have BTF in order to use (?<other>bpf_\w+)|doesn't point to 'struct|doesn't have constant offset/,
    cause: 'the argument is no such field of a value of the map',
    fix: 'give the map a value type with the field, and pass its address as it is',
  },
  {
    id: 'map-use',
    pattern: /(?:socket filter|tracing) progs cannot use (?<field>bpf_\w+)|not allowed for map|cannot pass map_type|Sleepable programs can only use|read from map forbidden/,
    cause: 'programs of this type must not use this map, or not so',
    fix: 'use a map of another kind, or another program type',
  },
  {
    id: 'map-internals',
    pattern: /only read from bpf_\w+ is supported/,
    cause: 'a pointer to a map is written through',
    fix: 'change maps through helpers',
  },
  {
    id: 'exception',
    pattern: /bpf_throw|exception c(?:b|allback)/,
    cause: 'an exception is thrown where none may be, or its callback is not what it has to be',
    fix: 'throw outside of callbacks; the callback takes a u64 and returns an int',
  },
  {
    id: 'arena',
    pattern: /arena/,
    cause: 'arena memory is used in a way, or by a program, that cannot have it',
    fix: 'use one arena map in the program, and pointers marked __arena',
  },
  {
    id: 'zero-size',
    pattern: /invalid zero-sized read/,
    cause: 'the size may be 0, which is not taken',
    fix: 'compare the size with 0 first',
  },
  {
    id: 'kernel-symbol',
    pattern: /failed to find the address for kernel symbol '(?<name>[^']*)'/,
    cause: 'this kernel has no symbol {name} whose address it tells',
    fix: 'declare it weak and compare its address with NULL',
  },
  {
    id: 'constant-operand',
    pattern: /div by zero|invalid shift/,
    cause: 'a constant operand makes no sense: division by 0, or a shift by more bits than there are',
    fix: 'use another constant; clang warns of it',
  },
  {
    id: 'spill',
    pattern: /invalid size of register (?:spill|fill)|cannot spill pointers|corrupted spill/,
    cause: 'a pointer is stored on the stack, or read from there, in part',
    fix: 'store pointers whole, in 8 aligned bytes',
  },
  {
    id: 'mixed-pointers',
    pattern: /same insn cannot be used with different pointers/,
    cause: 'one instruction accesses different kinds of memory on different paths',
    fix: 'let each path have an access of its own; barrier_var() keeps the compiler from merging them',
  },
  {
    id: 'kept-pointer',
    pattern: /has no valid kptr|kptr (?:access|cannot be)|invalid PTR_TO_BTF_ID register for type match|invalid kptr access|doesn't point to kptr|kptr isn't referenced/,
    cause: 'a pointer that is kept in memory is used in a way it must not be: in part, at another offset, or for an object of another kind',
    fix: 'load it whole, change it by bpf_kptr_xchg, and give it only objects of the type that its member declares',
  },
  {
    id: 'new-object',
    pattern: /bpf_(?:percpu_)?obj_new type|local type ID argument|requires prog BTF/,
    cause: 'no object of this type can be made: it is none of the program, or one for each CPU would hold more than numbers',
    fix: 'name a struct that the program defines; for each CPU one of integers, arrays of them, and small structs of such',
  },
  {
    id: 'paired-region',
    pattern: /unmatched (?:attempt to enable|rcu read unlock)|nested rcu read lock|out of order, expected/,
    cause: 'a region is left that was not entered, or entered and left in another order',
    fix: 'enter and leave regions in pairs, on every path',
  },
  {
    id: 'dead-address',
    pattern: /No program to jit at insn/,
    cause: 'the program takes the address of a function that is never reached, which this kernel cannot handle',
    fix: 'take the address only where the function may be called',
  },
  {
    id: 'atomic',
    pattern: /BPF_ATOMIC (?:stores into|loads from) R(?<reg>\d+)/,
    cause: 'atomic operations are not for this memory',
    fix: 'use them on map values, the stack, or arena memory',
  },
  {
    id: 'socket-access',
    pattern: /R(?<reg>\d+) invalid (?<type>\w+) access off=(?<off>-?\d+) size=(?<size>\d+)/,
    cause: '{size} bytes at offset {off} of a {type} must not be accessed',
    fix: 'use the fields of struct bpf_sock, bpf_tcp_sock or bpf_xdp_sock',
  },
  {
    id: 'not-a-number',
    pattern: /R(?<reg>\d+) (?:is )?not a scalar/,
    cause: 'r{reg} must be a number here and is a pointer',
    fix: 'pass a number',
  },
  {
    id: 'program-info',
    pattern: /func_info|line_info|number of funcs|func info record|in func info/,
    cause: 'function or line information does not fit the instructions',
    fix: 'compile all of the object with -g, and let one tool link it',
  },
  {
    id: 'attach-target',
    pattern: /attach_btf_id \d+|is not (?:sleepable|modifiable)|\(\) is not modifiable|The function \w+ (?:has|with|return|arg\d+)[^\n]*|__noreturn functions|must provide btf_id|Cannot replace kernel functions|LSM programs must/,
    cause: 'the program cannot be attached to what it names: no such function or hook, or none for programs of this kind',
    fix: 'name another function or hook in SEC(); look in the kernel’s BTF whether it is there (bpftool btf dump file /sys/kernel/btf/vmlinux)',
  },
  {
    id: 'instruction',
    pattern: /uses reserved fields|unknown opcode (?<code>\w+)|invalid atomic o\w+|invalid BPF_\w+ opcode|unrecognized bpf_ld_imm64|invalid (?:bpf_ld_imm64|may_goto imm|shift)|R1[1-5] is invalid/,
    cause: 'the instruction does not exist on this kernel',
    fix: 'compile for an older instruction set: clang -mcpu=v3',
  },
];
