// What does a comparison with the size of a buffer teach (LINKING.md S9)?
import { BPF_JGE, BPF_JGT, BPF_JLE, BPF_JLT } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { fitsU32 } from '../domain/index.ts';
import type { Reg } from '../state/reg.ts';
import { learnBelow, learnSizeMin } from '../state/size-bound.ts';
import { curRegs } from '../state/state.ts';
import type { VerifierState } from '../state/state.ts';

/**
 * Teaches both sides of a branch, whose registers were refined already.
 *
 * @param here the path that does not jump
 * @param other the path that jumps
 */
export function learnSizes(insn: Insn, op: number, is64: boolean, fromReg: boolean, here: VerifierState, other: VerifierState): void {
  for (const state of [here, other]) {
    const regs = curRegs(state);
    state.sizeMins = learnSizeMin(state.sizeMins, regs[insn.dst] as Reg);
    if (fromReg) state.sizeMins = learnSizeMin(state.sizeMins, regs[insn.src] as Reg);
  }
  if (!fromReg) return;
  const { dst, src } = insn;
  switch (op) {
    case BPF_JLT:
      return order(other, here, dst, src, is64, true);
    case BPF_JLE:
      return order(other, here, dst, src, is64, false);
    case BPF_JGT:
      return order(other, here, src, dst, is64, true);
    case BPF_JGE:
      return order(other, here, src, dst, is64, false);
    default:
  }
}

/** In `yes`, `small < great` (`strict`) or `small <= great`; in `no` the contrary. */
function order(yes: VerifierState, no: VerifierState, small: number, great: number, is64: boolean, strict: boolean): void {
  learn(yes, small, great, is64, strict);
  learn(no, great, small, is64, !strict);
}

function learn(state: VerifierState, small: number, great: number, is64: boolean, strict: boolean): void {
  const regs = curRegs(state);
  const a = regs[small] as Reg;
  const b = regs[great] as Reg;
  // Half a number says something of the whole only when the other half is zero.
  if (!is64 && !fitsU32(b.scalar)) return;
  regs[small] = learnBelow(a, b, strict, !is64 && !fitsU32(a.scalar));
}
