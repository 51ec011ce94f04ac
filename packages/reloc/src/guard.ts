// Is this address only asked whether it is null?
import { BPF_JEQ, BPF_JMP, BPF_JNE, BPF_K, definedRegs, insnClass, insnOp, insnSrc, isIndirectGoto, successors, usedRegs } from '@rootlet/insn';
import type { CallArguments, Insns } from '@rootlet/insn';

/** Slots that questions may look at: shared by all of one function, so that their sum is bounded too. */
export interface GuardBudget {
  slots: number;
}

/** What the questions about a function of `slots` slots may cost. */
export function guardBudget(slots: number): GuardBudget {
  return { slots: 4096 + 16 * slots };
}

/**
 * Whether the address that a two-slot load gives is compared with zero and used for nothing else, as in `if (foo) foo();`.
 * Then any non-zero constant does in its place.
 *
 * @param insns one function
 * @param insnIdx the load
 * @param callArguments number of arguments of calls, where known: a register may still hold the address when a call does
 *   not take that many
 * @param budget when it is used up the answer is no
 */
export function isNullGuard(insns: Insns, insnIdx: number, callArguments: CallArguments, budget: GuardBudget): boolean {
  const reg = insns.dst[insnIdx] as number;
  const bit = 1 << reg;
  const pending = [insnIdx + 2];
  const seen = new Set<number>();
  let compared = false;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at >= insns.length || seen.has(at)) continue;
    seen.add(at);
    if (budget.slots-- <= 0) return false;
    if ((usedRegs(insns, at, callArguments) & bit) !== 0) {
      if (!isNullComparison(insns, at, reg)) return false;
      compared = true;
    }
    // Where it goes is not known here.
    if (isIndirectGoto(insns, at)) return false;
    if ((definedRegs(insns, at) & bit) === 0) pending.push(...successors(insns, at));
  }
  return compared;
}

function isNullComparison(insns: Insns, insnIdx: number, reg: number): boolean {
  const { code, dst, imm } = insns.at(insnIdx);
  const equality = insnOp(code) === BPF_JEQ || insnOp(code) === BPF_JNE;
  return insnClass(code) === BPF_JMP && equality && insnSrc(code) === BPF_K && dst === reg && imm === 0;
}
