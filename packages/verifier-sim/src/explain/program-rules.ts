// What do refusals mean that are about how a program is made, whatever it does?
import type { Rule } from './rule.ts';

/** Rows like those of `rules.ts`. */
export const PROGRAM_RULES: readonly Rule[] = [
  {
    id: 'helper-unavailable',
    pattern: /helper call is not allowed in probe|func (?<name>\w+)#\d+ not supported for program type|helper access to the packet is not allowed/,
    cause: 'the helper is not there for programs of this type and attachment, or not with this argument',
    fix: 'use another program type or helper; copy packet data to the stack first where a helper takes none of it',
  },
  {
    id: 'kfunc-unknown',
    pattern: /failed to find BTF for kernel function|kernel btf_id \d+ is not a function|invalid kernel function call|invalid module BTF object|unexpected __bpf_trap/,
    cause: 'the call names no function of this kernel, or the compiler put a trap where it saw undefined behaviour',
    fix: 'declare it weak and ask bpf_ksym_exists(); load the module that has it; compile with -Wall and give every variable a value',
  },
  {
    id: 'load-of-packet',
    pattern: /BPF_LD_\[ABS\|IND\]/,
    cause: 'this way to load from packets is for programs with a socket buffer in r6, outside of functions that return nothing',
    fix: 'bpf_skb_load_bytes, or direct access through data and data_end',
  },
  {
    id: 'returns-int',
    pattern: /only allowed in functions that return 'int'|not allowed in subprogs without BTF/,
    cause: 'tail calls and LD_ABS may end a function, which then returns a number: its prototype must say so',
    fix: 'let it return int, and compile with -g',
  },
  {
    id: 'tail-call',
    pattern: /tail_calls are not allowed when|subprog has tail_call and async cb|expected prog array map for tail call/,
    cause: 'a tail call is not possible from here: too much stack is in use below, the function runs later, or the map holds no programs',
    fix: 'tail-call from functions whose callers use less than 256 bytes of stack; use a map of type BPF_MAP_TYPE_PROG_ARRAY',
  },
  {
    id: 'read-only',
    pattern: /write to change key|does not allow writes to packet data/,
    cause: 'this memory may be read only',
    fix: 'copy it to the stack and change the copy; use bpf_dynptr_slice() where nothing is written',
  },
  {
    id: 'argument-null',
    pattern: /Possibly NULL pointer passed to helper arg(?<arg>\d+)/,
    cause: 'argument {arg} may be NULL, and the helper does not take NULL',
    fix: 'compare it with NULL before the call',
  },
  {
    id: 'map-use',
    pattern: /tracing progs cannot use|doesn't support non-zero flags|only one cgroup storage of each type/,
    cause: 'programs of this type must not use this map, or not so',
    fix: 'use a map of another kind, or another program type',
  },
  {
    id: 'map-address',
    pattern: /is not pointing to valid bpf_map|fd_idx without fd_array|no direct value access|direct value offset|make map_value pointer be out of bounds/,
    cause: 'the instruction names no map, or a place that its value does not have',
    fix: 'let a loader create the maps; only values of arrays can be addressed directly, within their size',
  },
  {
    id: 'kernel-symbol',
    pattern: /pseudo btf_id|specifies invalid btf_id/,
    cause: 'the instruction names no variable or function of this kernel',
    fix: 'declare it extern … __ksym and let a loader resolve it, weak where it may be missing',
  },
  {
    id: 'jump',
    pattern: /jump into the middle of ldimm64|call to invalid destination/,
    cause: 'a jump or call leads to no instruction',
    fix: 'let a compiler or assembler with labels compute offsets',
  },
  {
    id: 'alignment',
    pattern: /misaligned access off/,
    cause: 'the access is not aligned to its size',
    fix: 'align the field; atomic operations need it always',
  },
  {
    id: 'stack-pointer',
    pattern: /cannot return stack pointer/,
    cause: 'a function returns an address of its own stack, which is gone then',
    fix: 'let the caller pass a buffer',
  },
  {
    id: 'license',
    pattern: /struct ops programs must have a GPL compatible license/,
    cause: 'programs of struct_ops must have a GPL-compatible license',
    fix: 'char LICENSE[] SEC("license") = "GPL" (or "Dual BSD/GPL"), if that is true',
  },
  {
    id: 'struct-ops-member',
    pattern: /attach to invalid member/,
    cause: 'the struct has no such member, or the member is no function',
    fix: 'name a function member of the struct in its definition, SEC(".struct_ops")',
  },
  {
    id: 'hook-returns-nothing',
    pattern: /attach to void LSM hooks/,
    cause: 'the hook returns nothing that could be changed',
    fix: 'leave bpf_set_retval out, or attach to a hook that returns a number',
  },
  {
    id: 'kernel-fault',
    pattern: /verifier bug: (?<what>[^\n]*)/,
    cause: 'the verifier of this kernel meets a contradiction of its own: {what}',
    fix: 'write it in another way (a function inlined, a loop unrolled, a callback without tail call); tell the kernel’s developers',
  },
];
