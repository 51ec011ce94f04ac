// What do refusals mean that are about objects of the kernel, and about functions that take them?
import type { Rule } from './rule.ts';

/** Rows like those of `rules.ts`. */
export const OBJECT_RULES: readonly Rule[] = [
  {
    id: 'object-type',
    pattern: /R(?<reg>\d+) (?:has a pointer to STRUCT|is of type \w+ but)/,
    cause: 'the argument points to a struct of another type than the function takes, or not to its start',
    fix: 'pass the object itself, of the type that the prototype names; pointers to structs that begin with it will do where the function gives nothing back',
  },
  {
    id: 'pointer-moved',
    pattern: /dereference of modified (?<type>\w+) ptr R(?<reg>\d+)|variable \S+ access var_off/,
    cause: 'a pointer was moved that must be passed, or read through, as it came',
    fix: 'pass the pointer that was given, and keep the moved one in another variable',
  },
  {
    id: 'object-offset',
    pattern: /R(?<reg>\d+) is \w+ invalid (?:variable offset|negative access)|have field at offset|with moff \d+ in struct/,
    cause: 'no member of the object begins at this offset, or the offset is not known',
    fix: 'read members by their names (preserve_access_index), pointers whole; arrays of unknown index by bpf_probe_read_kernel',
  },
  {
    id: 'object-write',
    pattern: /no write support to (?<type>\w+)|write access at off (?<off>-?\d+) with size (?<size>\d+)/,
    cause: 'this member of the object is not for programs to change',
    fix: 'change the members only that the kernel’s documentation names, whole',
  },
  {
    id: 'percpu-memory',
    pattern: /R(?<reg>\d+) is \w+ access percpu memory/,
    cause: 'r{reg} points to memory that each CPU has a copy of',
    fix: 'ask bpf_this_cpu_ptr() or bpf_per_cpu_ptr() for the copy of a CPU',
  },
  {
    id: 'kept-pointer',
    pattern: /when storing to kptr|store to uptr/,
    cause: 'what is stored is not what the kept pointer may hold',
    fix: 'store 0, or an object of the type that its member declares; pointers to memory of users are set by user space alone',
  },
  {
    id: 'graph-field',
    pattern: /bpf_(?:list|rb)_(?:head|node|root) not found at offset|Couldn't find btf_record|not allowed in rbtree cb/,
    cause: 'the argument is no head, root or node of the list or tree that the function works on, or the tree is walked while it is sorted',
    fix: 'pass the members themselves; declare which node a list or tree holds with __contains()',
  },
  {
    id: 'map-field',
    pattern: /(?:timer|workqueue|bpf_task_work) pointer in R\d+ map_uid=\d+|pointer in R(?<reg>\d+) isn't map pointer/,
    cause: 'the map that is passed is not the one in whose value the timer, workqueue or task work lies',
    fix: 'pass the map that the value was looked up in',
  },
  {
    id: 'function-argument',
    pattern: /arg\d+ expected pointer to func|pointer type FUNC_PROTO/,
    cause: 'a function of the program is expected',
    fix: 'pass the address of a static function of the program',
  },
  {
    id: 'rcu-region',
    pattern: /requires RCU critical section protection/,
    cause: 'the kernel function is for RCU read sections only, and programs that may sleep are in none',
    fix: 'call it between bpf_rcu_read_lock() and bpf_rcu_read_unlock()',
  },
  {
    id: 'cast',
    pattern: /bpf_rdonly_cast|kern ctx type id/,
    cause: 'the cast names no struct of the kernel, or the context has none',
    fix: 'name a struct of the kernel: bpf_core_cast(pointer, struct name)',
  },
  {
    id: 'buffer-offset',
    pattern: /R(?<reg>\d+) invalid (?:variable|rdonly|rdwr|tracepoint) buffer|invalid access to flow keys/,
    cause: 'the buffer is read before its start, behind its end, or at an offset that is not known',
    fix: 'read at constant offsets; compare the sizes of key and value with what is expected first',
  },
  {
    id: 'dynptr',
    pattern: /for bpf_dynptr_from_mem data/,
    cause: 'a dynptr is to be made of memory that may go away before it',
    fix: 'make it of a map value or a global variable',
  },
  {
    id: 'constant-string',
    pattern: /does not point to a readonly map|string is not zero-terminated|is not a constant address|Invalid format string/,
    cause: 'the string must be a constant of the program that ends in 0, its conversions as many as there are arguments',
    fix: 'static const char in .rodata, and a known address in it',
  },
  {
    id: 'references-mixed',
    pattern: /more than one arg with ref_obj_id/,
    cause: 'two arguments are references, and the function takes one',
    fix: 'pass one, and a copy of what is needed of the other',
  },
];
