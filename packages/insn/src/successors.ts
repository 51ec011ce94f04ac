// Where may execution go from here?
import type { Insns } from './insns.ts';
import { BPF_JA, BPF_JMP32 } from './opcodes.ts';
import { isBranch, isExit, isGoto, isIndirectGoto, isPseudoFunc, isSubprogCall } from './predicates.ts';

/** What functions here answer when there is no such slot. */
export const NO_SLOT = -1;

/**
 * Slot behind the instruction, where execution goes on unless it jumps. It may be the end of the program.
 *
 * @returns {@link NO_SLOT} for `exit`, `goto` and `gotox`
 */
export function fallThrough(insns: Insns, insnIdx: number): number {
  if (isExit(insns, insnIdx) || isGoto(insns, insnIdx) || isIndirectGoto(insns, insnIdx)) return NO_SLOT;
  return insnIdx + (insns.isWide(insnIdx) ? 2 : 1);
}

/** Distance from the slot behind the jump to its target: `off`, for `gotol` `imm`. Only for jumps. */
export function jumpDistance(insns: Insns, insnIdx: number): number {
  const field = insns.code[insnIdx] === (BPF_JMP32 | BPF_JA) ? insns.imm : insns.off;
  return field[insnIdx] as number;
}

/**
 * Slot that a `goto`, comparison or `may_goto` jumps to. Nothing says that it is in the program.
 *
 * @returns {@link NO_SLOT} for what does not jump. A wild jump may also lead to -1, so of untrusted code ask `isBranch` and
 * `isGoto` first
 */
export function jumpTarget(insns: Insns, insnIdx: number): number {
  if (!isGoto(insns, insnIdx) && !isBranch(insns, insnIdx)) return NO_SLOT;
  return insnIdx + 1 + jumpDistance(insns, insnIdx);
}

/**
 * Slot of the subprogram that an instruction calls (`call pc+N`) or takes the address of (two-slot load of a subprogram).
 *
 * @returns {@link NO_SLOT} for other instructions; see {@link jumpTarget} for wild ones
 */
export function subprogTarget(insns: Insns, insnIdx: number): number {
  if (!isSubprogCall(insns, insnIdx) && !isPseudoFunc(insns, insnIdx)) return NO_SLOT;
  return insnIdx + 1 + (insns.imm[insnIdx] as number);
}

/**
 * Slots that may be executed next within the function: what falls through, then the jump's target. A jump to what follows
 * it anyway counts once. Calls go on behind themselves. Slots out of range are left out, and what `gotox` jumps to: jump tables
 * stand outside of the code.
 */
export function successors(insns: Insns, insnIdx: number): number[] {
  const next: number[] = [];
  const through = fallThrough(insns, insnIdx);
  if (through !== NO_SLOT && through < insns.length) next.push(through);
  const target = jumpTarget(insns, insnIdx);
  if (target >= 0 && target < insns.length && target !== through) next.push(target);
  return next;
}
