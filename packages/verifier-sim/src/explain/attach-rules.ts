// What do refusals mean that are about what the program is attached to?
import type { Rule } from './rule.ts';

/** Rows like those of `rules.ts`. */
export const ATTACH_RULES: readonly Rule[] = [
  {
    id: 'attach-target',
    pattern: /attach_btf_id \d+|is not (?:sleepable|modifiable)|\(\) is not modifiable|The function \w+ (?:has|with|return|arg\d+)[^\n]*|__noreturn functions|must provide btf_id|Cannot replace kernel functions|LSM programs must|Only FENTRY\/FEXIT progs|can't modify return codes of BPF/,
    cause: 'the program cannot be attached to what it names: no such function or hook, or none for programs of this kind',
    fix: 'name another function or hook in SEC(); look in the kernel’s BTF whether it is there (bpftool btf dump file /sys/kernel/btf/vmlinux)',
  },
  {
    id: 'extension-moves-packet',
    pattern: /Extension program changes packet data, while original does not/,
    cause: 'the program may move the packet, or tail-calls, and the function that it replaces does neither: its callers keep pointers to the packet',
    fix: 'let the function that is replaced do something that may move the packet, too, such as bpf_xdp_adjust_tail(ctx, 0)',
  },
  {
    id: 'extension-prototype',
    pattern: /\w+\(\) has \d+ args while|Return type \w+ of \w+\(\)|arg\d+ in \w+\(\) (?:is|has)|arg\d+ \w+\(struct [^\n]* doesn't match|Program extension requires BTF/,
    cause: 'the prototype is not that of the function that is to be replaced; other pointers than those to structs cannot be compared',
    fix: 'declare both alike, with int, enum or pointers to structs of the same name, and compile with -g',
  },
  {
    id: 'extension-target',
    pattern: /Cannot replace static functions|\w+\(\) is not a global function|Subprog [^\n]* doesn't exist|exception callback|Cannot (?:recursively attach|extend|nest)|annotated with BTF/,
    cause: 'this function of the other program cannot be replaced or traced: it is private, no path calls it, or its program is one that must not be',
    fix: 'make it global (no static, __noinline) and call it; replace or trace the program that was there first',
  },
  {
    id: 'device-bound',
    pattern: /metadata kfuncs require device-bound program/,
    cause: 'the program asks the network device about the packet, and was not loaded for one device',
    fix: 'load it with BPF_F_XDP_DEV_BOUND_ONLY and the index of the device',
  },
];
