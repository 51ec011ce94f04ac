// Who judges programs when nobody else is named?
import type { VerifierInput, VerifierOptions, VerifierResult } from '@rootlet/verifier-sim';

const NO_STATS = { insns: 0, maxStatesPerInsn: 0, totalStates: 0, peakStates: 0, markRead: 0 };

/** Stands in until `@rootlet/verifier-sim` exports `verify`. */
export function verifyProgram(_input: VerifierInput, _options: VerifierOptions): VerifierResult {
  return { verdict: 'accept', errno: 0, error: undefined, insnIdx: undefined, log: '', stats: NO_STATS, subprograms: [] };
}
