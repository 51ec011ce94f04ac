// Which numbers can a sum, a difference or a product be?
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumAdd, tnumMul, tnumSub } from './tnum.ts';

function fitsS64(value: bigint): boolean {
  return value >= S64_MIN && value <= S64_MAX;
}

function fitsS32(value: number): boolean {
  return value >= S32_MIN && value <= S32_MAX;
}

/** Signed ends of a range of sums or differences: kept when neither overflows. */
function setSigned64(d: Draft, min: bigint, max: bigint): void {
  const fits = fitsS64(min) && fitsS64(max);
  d.smin = fits ? min : S64_MIN;
  d.smax = fits ? max : S64_MAX;
}

/** Unsigned ends: kept when none or both wrap (then the range moved as a whole). */
function setUnsigned64(d: Draft, min: bigint, max: bigint): void {
  const minWraps = min < 0n || min > U64_MAX;
  const maxWraps = max < 0n || max > U64_MAX;
  d.umin = minWraps === maxWraps ? BigInt.asUintN(64, min) : 0n;
  d.umax = minWraps === maxWraps ? BigInt.asUintN(64, max) : U64_MAX;
}

function setSigned32(d: Draft, min: number, max: number): void {
  const fits = fitsS32(min) && fitsS32(max);
  d.s32min = fits ? min : S32_MIN;
  d.s32max = fits ? max : S32_MAX;
}

function setUnsigned32(d: Draft, min: number, max: number): void {
  const minWraps = min < 0 || min > U32_MAX;
  const maxWraps = max < 0 || max > U32_MAX;
  d.u32min = minWraps === maxWraps ? min >>> 0 : 0;
  d.u32max = minWraps === maxWraps ? max >>> 0 : U32_MAX;
}

/** `d += s`; views are not synced. */
export function addBounds(d: Draft, s: Scalar): void {
  setSigned32(d, d.s32min + s.s32min, d.s32max + s.s32max);
  setUnsigned32(d, d.u32min + s.u32min, d.u32max + s.u32max);
  setSigned64(d, d.smin + s.smin, d.smax + s.smax);
  setUnsigned64(d, d.umin + s.umin, d.umax + s.umax);
  d.tnum = tnumAdd(d.tnum, s.tnum);
}

/** `d -= s`; views are not synced. */
export function subBounds(d: Draft, s: Scalar): void {
  setSigned32(d, d.s32min - s.s32max, d.s32max - s.s32min);
  setUnsigned32(d, d.u32min - s.u32max, d.u32max - s.u32min);
  setSigned64(d, d.smin - s.smax, d.smax - s.smin);
  setUnsigned64(d, d.umin - s.umax, d.umax - s.umin);
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

/** `d *= s`; views are not synced. */
export function mulBounds(d: Draft, s: Scalar): void {
  const low = BigInt(d.u32max) * BigInt(s.u32max);
  const lowFits = low <= BigInt(U32_MAX);
  d.u32min = lowFits ? d.u32min * s.u32min : 0;
  d.u32max = lowFits ? Number(low) : U32_MAX;
  const [s32min, s32max] = productRange(BigInt(d.s32min), BigInt(d.s32max), BigInt(s.s32min), BigInt(s.s32max));
  setSigned32(d, Number(s32min), Number(s32max));
  const whole = d.umax * s.umax;
  const wholeFits = whole <= U64_MAX;
  d.umin = wholeFits ? d.umin * s.umin : 0n;
  d.umax = wholeFits ? whole : U64_MAX;
  setSigned64(d, ...productRange(d.smin, d.smax, s.smin, s.smax));
  d.tnum = tnumMul(d.tnum, s.tnum);
}
