// Is this number one of two that are worth following one by one?
import { BPF_AND, BPF_OR } from '@rootlet/insn';
import { draftOf, isConst, scalarConst32 } from './scalar.ts';
import type { Scalar } from './scalar.ts';

/** The two numbers that an operand may be. */
export interface Fork {
  /** The operand as this path goes on with it. */
  readonly now: Scalar;
  /** The operand for a second path that begins with the same instruction. */
  readonly later: Scalar;
}

/** `s` with a known low half, the other views left as they are. */
function withLowHalf(s: Scalar, low: number): Scalar {
  const d = draftOf(s);
  d.maskLo = 0;
  d.valueLo = d.u32minBits = d.u32maxBits = d.s32min = d.s32max = low;
  return d;
}

/**
 * A branchless choice, `x s>>= 63; x &= C`: `x` is -1 or 0, and the kernel follows both, so that the result is one of two
 * constants instead of a range.
 *
 * @param op arithmetic operation; only `BPF_AND` and `BPF_OR` fork
 * @param dst operand that is changed
 * @param src the other operand; forks only when it is constant
 * @returns undefined when the instruction does not fork
 */
export function forkScalar(op: number, dst: Scalar, src: Scalar): Fork | undefined {
  if ((op !== BPF_AND && op !== BPF_OR) || !isConst(src)) return undefined;
  const isMinusOneOrZero = (dst.sminLo & dst.sminHi) === -1 && (dst.smaxLo | dst.smaxHi) === 0;
  if (isMinusOneOrZero) return { now: scalarConst32(-1), later: scalarConst32(0) };
  if (dst.s32min === -1 && dst.s32max === 0) return { now: withLowHalf(dst, -1), later: withLowHalf(dst, 0) };
  return undefined;
}
