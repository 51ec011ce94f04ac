// Which numbers can the AND, OR or XOR of two numbers be?
import { boundsFromBits } from './sync.ts';
import { forgetSigned64, isConst, S32_MAX, S32_MIN, setConst } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumAnd, tnumOr, tnumXor } from './tnum.ts';
import { isBelow, isLess } from './words.ts';

/** Unsigned bounds of the whole number; the signed ones follow when they do not cross the sign. */
function setFromUnsigned64(d: Draft, minLo: number, minHi: number, maxLo: number, maxHi: number): void {
  d.uminLo = d.sminLo = minLo;
  d.uminHi = d.sminHi = minHi;
  d.umaxLo = d.smaxLo = maxLo;
  d.umaxHi = d.smaxHi = maxHi;
  if (isLess(maxLo, maxHi, minLo, minHi)) forgetSigned64(d);
}

/** The same for the low half. */
function setFromUnsigned32(d: Draft, min: number, max: number): void {
  d.u32minBits = min;
  d.u32maxBits = max;
  d.s32min = min <= max ? min : S32_MIN;
  d.s32max = min <= max ? max : S32_MAX;
}

/** Everything follows from the bits when those of source and result are known. @returns whether that was so */
function settleConst(d: Draft, s: Scalar): boolean {
  if (!isConst(s) || !isConst(d)) return false;
  setConst(d, d.valueLo, d.valueHi);
  return true;
}

/** The low half follows from its bits when they are known in the source and in the result. @returns whether that was so */
function settleConst32(d: Draft, s: Scalar): boolean {
  if ((s.maskLo | d.maskLo) !== 0) return false;
  d.u32minBits = d.u32maxBits = d.s32min = d.s32max = d.valueLo;
  return true;
}

/** `d &= s`; views are not synced. */
export function andBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumAnd(d.tnum, s.tnum);
  // A bit mask makes no number greater; only bits known in both are known set.
  if (!settleConst32(d, s)) setFromUnsigned32(d, d.valueLo, Math.min(d.u32max, s.u32max) | 0);
  if (settleConst(d, s)) return;
  const max = isBelow(d.umaxLo, d.umaxHi, s.umaxLo, s.umaxHi) ? d : s;
  setFromUnsigned64(d, d.valueLo, d.valueHi, max.umaxLo, max.umaxHi);
  boundsFromBits(d);
}

/** `d |= s`; views are not synced. */
export function orBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumOr(d.tnum, s.tnum);
  if (!settleConst32(d, s)) setFromUnsigned32(d, Math.max(d.u32min, s.u32min) | 0, d.valueLo | d.maskLo);
  if (settleConst(d, s)) return;
  const min = isBelow(d.uminLo, d.uminHi, s.uminLo, s.uminHi) ? s : d;
  setFromUnsigned64(d, min.uminLo, min.uminHi, d.valueLo | d.maskLo, d.valueHi | d.maskHi);
  boundsFromBits(d);
}

/** `d ^= s`; views are not synced. */
export function xorBounds(d: Draft, s: Scalar): void {
  d.tnum = tnumXor(d.tnum, s.tnum);
  if (!settleConst32(d, s)) setFromUnsigned32(d, d.valueLo, d.valueLo | d.maskLo);
  if (settleConst(d, s)) return;
  setFromUnsigned64(d, d.valueLo, d.valueHi, d.valueLo | d.maskLo, d.valueHi | d.maskHi);
  boundsFromBits(d);
}
