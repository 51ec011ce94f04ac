// Which numbers can a sum, a difference or a product be?
import { forgetSigned64, forgetUnsigned64, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumAdd, tnumMul, tnumSub } from './tnum.ts';
import { addHigh, highOf, isBelow, lowOf, subHigh } from './words.ts';

function fitsS64(value: bigint): boolean {
  return value >= S64_MIN && value <= S64_MAX;
}

function fitsS32(value: number): boolean {
  return value >= S32_MIN && value <= S32_MAX;
}

/** Signed ends of a range of sums or differences: kept when neither overflows. */
function setSigned32(d: Draft, min: number, max: number): void {
  const fits = fitsS32(min) && fitsS32(max);
  d.s32min = fits ? min : S32_MIN;
  d.s32max = fits ? max : S32_MAX;
}

/** Unsigned ends: kept when none or both wrap (then the range moved as a whole). */
function setUnsigned32(d: Draft, min: number, max: number): void {
  const minWraps = min < 0 || min > U32_MAX;
  const maxWraps = max < 0 || max > U32_MAX;
  d.u32minBits = minWraps === maxWraps ? min | 0 : 0;
  d.u32maxBits = minWraps === maxWraps ? max | 0 : -1;
}

/** `d += s` for the signed range of whole numbers. */
export function addSigned64(d: Draft, s: Scalar): void {
  const minHi = addHigh(d.sminLo, d.sminHi, s.sminLo, s.sminHi);
  const maxHi = addHigh(d.smaxLo, d.smaxHi, s.smaxLo, s.smaxHi);
  // An overflow has a sign that neither operand has.
  const overflows = ((d.sminHi ^ minHi) & (s.sminHi ^ minHi)) | ((d.smaxHi ^ maxHi) & (s.smaxHi ^ maxHi));
  if (overflows < 0) return forgetSigned64(d);
  d.sminLo = (d.sminLo + s.sminLo) | 0;
  d.sminHi = minHi;
  d.smaxLo = (d.smaxLo + s.smaxLo) | 0;
  d.smaxHi = maxHi;
}

/** The same for the unsigned range. @param moves a range that wraps as a whole is kept, too */
export function addUnsigned64(d: Draft, s: Scalar, moves: boolean): void {
  const minLo = (d.uminLo + s.uminLo) | 0;
  const minHi = addHigh(d.uminLo, d.uminHi, s.uminLo, s.uminHi);
  const maxLo = (d.umaxLo + s.umaxLo) | 0;
  const maxHi = addHigh(d.umaxLo, d.umaxHi, s.umaxLo, s.umaxHi);
  const minWraps = isBelow(minLo, minHi, d.uminLo, d.uminHi);
  const maxWraps = isBelow(maxLo, maxHi, d.umaxLo, d.umaxHi);
  setUnsigned64(d, minLo, minHi, maxLo, maxHi, minWraps === maxWraps && (moves || !minWraps));
}

/** `d -= s` for the signed range of whole numbers. */
export function subSigned64(d: Draft, s: Scalar): void {
  const minHi = subHigh(d.sminLo, d.sminHi, s.smaxLo, s.smaxHi);
  const maxHi = subHigh(d.smaxLo, d.smaxHi, s.sminLo, s.sminHi);
  // Operands of different sign, and a result with the sign of the second.
  const overflows = ((d.sminHi ^ s.smaxHi) & (d.sminHi ^ minHi)) | ((d.smaxHi ^ s.sminHi) & (d.smaxHi ^ maxHi));
  if (overflows < 0) return forgetSigned64(d);
  d.sminLo = (d.sminLo - s.smaxLo) | 0;
  d.sminHi = minHi;
  d.smaxLo = (d.smaxLo - s.sminLo) | 0;
  d.smaxHi = maxHi;
}

/** The same for the unsigned range. @param moves a range that wraps as a whole is kept, too */
export function subUnsigned64(d: Draft, s: Scalar, moves: boolean): void {
  const minWraps = isBelow(d.uminLo, d.uminHi, s.umaxLo, s.umaxHi);
  const maxWraps = isBelow(d.umaxLo, d.umaxHi, s.uminLo, s.uminHi);
  const minHi = subHigh(d.uminLo, d.uminHi, s.umaxLo, s.umaxHi);
  const maxHi = subHigh(d.umaxLo, d.umaxHi, s.uminLo, s.uminHi);
  setUnsigned64(d, (d.uminLo - s.umaxLo) | 0, minHi, (d.umaxLo - s.uminLo) | 0, maxHi, minWraps === maxWraps && (moves || !minWraps));
}

function setUnsigned64(d: Draft, minLo: number, minHi: number, maxLo: number, maxHi: number, fits: boolean): void {
  if (!fits) return forgetUnsigned64(d);
  d.uminLo = minLo;
  d.uminHi = minHi;
  d.umaxLo = maxLo;
  d.umaxHi = maxHi;
}

/** `d += s`; views are not synced. */
export function addBounds(d: Draft, s: Scalar): void {
  setSigned32(d, d.s32min + s.s32min, d.s32max + s.s32max);
  setUnsigned32(d, d.u32min + s.u32min, d.u32max + s.u32max);
  addSigned64(d, s);
  addUnsigned64(d, s, true);
  d.tnum = tnumAdd(d.tnum, s.tnum);
}

/** `d -= s`; views are not synced. */
export function subBounds(d: Draft, s: Scalar): void {
  setSigned32(d, d.s32min - s.s32max, d.s32max - s.s32min);
  setUnsigned32(d, d.u32min - s.u32max, d.u32max - s.u32min);
  subSigned64(d, s);
  subUnsigned64(d, s, true);
  d.tnum = tnumSub(d.tnum, s.tnum);
}

/** Least and greatest of four products; a signed range's product has its ends among those of the ends. */
function productRange(aMin: bigint, aMax: bigint, bMin: bigint, bMax: bigint): readonly [bigint, bigint] {
  const products = [aMin * bMin, aMin * bMax, aMax * bMin, aMax * bMax] as const;
  let [min] = products;
  let max = min;
  for (const product of products) {
    if (product < min) min = product;
    if (product > max) max = product;
  }
  return [min, max];
}

function mulSigned32(d: Draft, s: Scalar): void {
  const [min, max] = productRange(BigInt(d.s32min), BigInt(d.s32max), BigInt(s.s32min), BigInt(s.s32max));
  setSigned32(d, Number(min), Number(max));
}

function mulUnsigned64(d: Draft, s: Scalar): void {
  const max = d.umax * s.umax;
  const min = d.umin * s.umin;
  setUnsigned64(d, lowOf(min), highOf(min), lowOf(max), highOf(max), max <= U64_MAX);
}

function mulSigned64(d: Draft, s: Scalar): void {
  const [min, max] = productRange(d.smin, d.smax, s.smin, s.smax);
  if (!fitsS64(min) || !fitsS64(max)) return forgetSigned64(d);
  d.sminLo = lowOf(min);
  d.sminHi = highOf(min);
  d.smaxLo = lowOf(max);
  d.smaxHi = highOf(max);
}

/** `d *= s`; views are not synced. Rare enough for bigints. */
export function mulBounds(d: Draft, s: Scalar): void {
  // Rounding does not move a product across 2^32.
  const lowFits = d.u32max * s.u32max <= U32_MAX;
  d.u32minBits = lowFits ? Math.imul(d.u32minBits, s.u32minBits) : 0;
  d.u32maxBits = lowFits ? Math.imul(d.u32maxBits, s.u32maxBits) : -1;
  mulSigned32(d, s);
  mulUnsigned64(d, s);
  mulSigned64(d, s);
  d.tnum = tnumMul(d.tnum, s.tnum);
}

/**
 * Sum (or, with `minus`, difference) of the variable offsets of a pointer and a number: bounds of the whole number that do not overflow;
 * pointers carry none of the low half. Views are not synced.
 */
export function offsetBounds(d: Draft, s: Scalar, minus: boolean): void {
  if (minus) {
    subSigned64(d, s);
    subUnsigned64(d, s, false);
    d.tnum = tnumSub(d.tnum, s.tnum);
  } else {
    addSigned64(d, s);
    addUnsigned64(d, s, false);
    d.tnum = tnumAdd(d.tnum, s.tnum);
  }
}
