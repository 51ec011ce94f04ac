// Which numbers can the AND, OR or XOR of two numbers be?
import { boundsFromBits } from './sync.ts';
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, scalarConst } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumAnd, tnumOr, tnumSubreg, tnumSubregIsConst, tnumXor } from './tnum.ts';
import type { Tnum } from './tnum.ts';

/** Unsigned bounds of the whole number; the signed ones follow when they do not cross the sign. */
function setFromUnsigned64(d: Draft, min: bigint, max: bigint): void {
  d.umin = min;
  d.umax = max;
  const smin = BigInt.asIntN(64, min);
  const smax = BigInt.asIntN(64, max);
  d.smin = smin <= smax ? smin : S64_MIN;
  d.smax = smin <= smax ? smax : S64_MAX;
}

/** The same for the low half. */
function setFromUnsigned32(d: Draft, min: number, max: number): void {
  d.u32min = min;
  d.u32max = max;
  const smin = min | 0;
  const smax = max | 0;
  d.s32min = smin <= smax ? smin : S32_MIN;
  d.s32max = smin <= smax ? smax : S32_MAX;
}

/** Everything follows from the bits when those of both operands are known. @returns whether that was so */
function settleConst(d: Draft, s: Scalar, tnum: Tnum): boolean {
  d.tnum = tnum;
  if (s.tnum.mask !== 0n || tnum.mask !== 0n) return false;
  Object.assign(d, scalarConst(tnum.value));
  return true;
}

/** The low half follows from its bits when they are known in the source and in the result. @returns whether that was so */
function settleConst32(d: Draft, s: Scalar): boolean {
  if (!tnumSubregIsConst(s.tnum) || !tnumSubregIsConst(d.tnum)) return false;
  const value = Number(tnumSubreg(d.tnum).value);
  d.u32min = value;
  d.u32max = value;
  d.s32min = value | 0;
  d.s32max = value | 0;
  return true;
}

/** Least and greatest number of the low half by its bits. */
function lowEnds(d: Draft): readonly [number, number] {
  const { value, mask } = tnumSubreg(d.tnum);
  return [Number(value), Number(value | mask)];
}

/** `d &= s`; views are not synced. */
export function andBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumAnd(d.tnum, s.tnum);
  // A bit mask makes no number greater; only bits known in both are known set.
  if (!settleConst32(d, s)) setFromUnsigned32(d, lowEnds(d)[0], Math.min(d.u32max, s.u32max));
  if (settleConst(d, s, d.tnum)) return;
  setFromUnsigned64(d, d.tnum.value, d.umax < s.umax ? d.umax : s.umax);
  boundsFromBits(d);
}

/** `d |= s`; views are not synced. */
export function orBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumOr(d.tnum, s.tnum);
  if (!settleConst32(d, s)) setFromUnsigned32(d, Math.max(d.u32min, s.u32min), lowEnds(d)[1]);
  if (settleConst(d, s, d.tnum)) return;
  setFromUnsigned64(d, d.umin > s.umin ? d.umin : s.umin, d.tnum.value | d.tnum.mask);
  boundsFromBits(d);
}

/** `d ^= s`; views are not synced. */
export function xorBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumXor(d.tnum, s.tnum);
  if (!settleConst32(d, s)) setFromUnsigned32(d, ...lowEnds(d));
  if (settleConst(d, s, d.tnum)) return;
  setFromUnsigned64(d, d.tnum.value, d.tnum.value | d.tnum.mask);
  boundsFromBits(d);
}
