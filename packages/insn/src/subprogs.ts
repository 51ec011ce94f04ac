// Which subprograms does a program consist of?
import { DecodeError } from '@rootlet/bytes';
import type { Insns } from './insns.ts';
import { isPseudoFunc, isSubprogCall } from './predicates.ts';
import { subprogTarget } from './successors.ts';

/** A subprogram's slots: `start` to `end`, exclusive. */
export interface SubprogRange {
  readonly start: number;
  readonly end: number;
}

/**
 * First slots of all subprograms in ascending order: slot 0, what `call pc+N` calls, and what two-slot loads take the
 * address of.
 *
 * @throws `INSN_CALL_RANGE` when a call or load goes outside the program
 */
export function findSubprogStarts(insns: Insns): number[] {
  const starts = new Set<number>();
  if (insns.length > 0) starts.add(0);
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
    if (!isSubprogCall(insns, idx) && !isPseudoFunc(insns, idx)) continue;
    const target = subprogTarget(insns, idx);
    if (target < 0 || target >= insns.length) {
      throw new DecodeError('INSN_CALL_RANGE', 'insn: subprograms', 'call goes outside the program', {
        insnIdx: idx,
        need: `slot 0 to ${insns.length - 1}`,
        have: target,
      });
    }
    starts.add(target);
  }
  return [...starts].sort((a, b) => a - b);
}

/**
 * The subprograms of a program in ascending order: each reaches to the next one's start.
 *
 * @throws `INSN_CALL_RANGE` when a call or load goes outside the program
 */
export function findSubprogs(insns: Insns): SubprogRange[] {
  const starts = findSubprogStarts(insns);
  return starts.map((start, at) => ({ start, end: starts[at + 1] ?? insns.length }));
}
