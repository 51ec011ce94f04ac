// What does the immediate of a two-slot load name?
import type { Insns } from './insns.ts';
import {
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
} from './opcodes.ts';
import { signed } from './operators.ts';

/**
 * How the immediate of `ld_imm64` is written:
 * - `log`: the number, as in the verifier's log (there the kernel has already put addresses in place of map fds);
 * - `xlated`: as `bpftool prog dump xlated`: `map[id:5]`, `map[id:5][0]+16`, `subprog[+6]`, otherwise the number;
 * - `asm`: what tells every form apart without an opcode: `map[fd:5]`, and ` ll` behind plain numbers.
 */
export type Imm64Style = 'log' | 'xlated' | 'asm';

/** Text of the immediate of the two-slot load at `insnIdx`. */
export function formatImm64(insns: Insns, insnIdx: number, style: Imm64Style): string {
  const number = `0x${insns.imm64(insnIdx).toString(16)}`;
  if (style === 'log') return number;
  const low = insns.imm[insnIdx] as number;
  const high = insns.imm[insnIdx + 1] ?? 0;
  const key = style === 'asm' ? 'fd' : 'id';
  switch (insns.src[insnIdx]) {
    case BPF_PSEUDO_MAP_FD:
      return `map[${key}:${low}]`;
    case BPF_PSEUDO_MAP_VALUE:
      return `map[${key}:${low}][0]${signed(high)}`;
    case BPF_PSEUDO_MAP_IDX:
      return `map[idx:${low}]`;
    case BPF_PSEUDO_MAP_IDX_VALUE:
      return `map[idx:${low}][0]${signed(high)}`;
    case BPF_PSEUDO_BTF_ID:
      return high === 0 ? `btf[id:${low}]` : `btf[id:${low}][fd:${high}]`;
    case BPF_PSEUDO_FUNC:
      return `subprog[${signed(low)}]`;
    default:
      return style === 'asm' ? `${number} ll` : number;
  }
}
