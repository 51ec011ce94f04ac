// What does one view of a number (bits, unsigned, signed, low half) tell about the others?
//
// Each view alone is imprecise; facts flow between them in a fixed order and a fixed number of rounds. The kernel's log
// prints the outcome, so order and number of rounds are part of the interface: bits → bounds, three rounds of deduction
// among the bounds, bounds → bits, bits → bounds.
import { draftOf, S32_MAX, S32_MIN, S64_MAX, S64_MIN, SCALAR_UNKNOWN, scalarEquals, setConst, U32_MAX, U64_MAX } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumIntersect, tnumNext, tnumSpan } from './tnum.ts';
import { bitLength, highOf, isBelow, isLess, lowOf, onesHigh, onesLow } from './words.ts';

/** Raises the lower and lowers the upper bounds of the whole number, unsigned. */
export function narrowU64(d: Draft, minLo: number, minHi: number, maxLo: number, maxHi: number): void {
  if (isBelow(d.uminLo, d.uminHi, minLo, minHi)) {
    d.uminLo = minLo;
    d.uminHi = minHi;
  }
  if (isBelow(maxLo, maxHi, d.umaxLo, d.umaxHi)) {
    d.umaxLo = maxLo;
    d.umaxHi = maxHi;
  }
}

/** The same, signed. */
export function narrowS64(d: Draft, minLo: number, minHi: number, maxLo: number, maxHi: number): void {
  if (isLess(d.sminLo, d.sminHi, minLo, minHi)) {
    d.sminLo = minLo;
    d.sminHi = minHi;
  }
  if (isLess(maxLo, maxHi, d.smaxLo, d.smaxHi)) {
    d.smaxLo = maxLo;
    d.smaxHi = maxHi;
  }
}

/** The same for the low half, unsigned; the bounds as bits. */
export function narrowU32(d: Draft, min: number, max: number): void {
  if (min >>> 0 > d.u32minBits >>> 0) d.u32minBits = min;
  if (max >>> 0 < d.u32maxBits >>> 0) d.u32maxBits = max;
}

/** The same for the low half, signed. */
export function narrowS32(d: Draft, min: number, max: number): void {
  if (min > d.s32min) d.s32min = min;
  if (max < d.s32max) d.s32max = max;
}

/** Bits → bounds of the low half. */
export function boundsFromBits32(d: Draft): void {
  const { valueLo: value, maskLo: mask } = d;
  // An unknown sign bit: the least number has it set, the greatest has it clear.
  narrowS32(d, value | (mask & S32_MIN), value | (mask & S32_MAX));
  narrowU32(d, value, value | mask);
}

/** Bits → bounds of the whole number and of its low half. */
export function boundsFromBits(d: Draft): void {
  boundsFromBits32(d);
  const { valueLo, valueHi, maskLo, maskHi } = d;
  narrowS64(d, valueLo, valueHi | (maskHi & S32_MIN), valueLo | maskLo, valueHi | (maskHi & S32_MAX));
  narrowU64(d, valueLo, valueHi, valueLo | maskLo, valueHi | maskHi);
  settleSingle(d);
}

/** The one number that fits both the bits and the unsigned bounds, when there is only one. */
function settleSingle(d: Draft): void {
  const { valueLo, valueHi, maskLo, maskHi, uminLo, uminHi, umaxLo, umaxHi } = d;
  if ((maskLo | maskHi) === 0) {
    if (uminLo === umaxLo && uminHi === umaxHi) return;
  } else if (uminLo === valueLo && uminHi === valueHi && umaxLo === (valueLo | maskLo) && umaxHi === (valueHi | maskHi)) {
    // The bounds are those of the bits, of which some are free.
    return;
  }
  const bits = d.tnum;
  const next = tnumNext(bits, { lo: uminLo, hi: uminHi });
  if ((uminLo & ~maskLo) === valueLo && (uminHi & ~maskHi) === valueHi) {
    if (isBelow(umaxLo, umaxHi, next.lo, next.hi)) setConst(d, uminLo, uminHi);
    return;
  }
  const isLast = next.lo === (valueLo | maskLo) && next.hi === (valueHi | maskHi);
  if (!isLast) {
    if (isBelow(umaxLo, umaxHi, next.lo, next.hi)) return;
    const second = tnumNext(bits, next);
    if (!isBelow(umaxLo, umaxHi, second.lo, second.hi)) return;
  }
  setConst(d, next.lo, next.hi);
}

/** Bounds of the whole number → bounds of its low half, and between the two of the low half. */
function deduce32(d: Draft): void {
  const { uminLo, uminHi, umaxLo, umaxHi, sminLo, sminHi, smaxLo, smaxHi } = d;
  // All numbers of the range share their high half: the low half moves from end to end without wrapping.
  if (uminHi === umaxHi) {
    narrowU32(d, uminLo, umaxLo);
    if (uminLo <= umaxLo) narrowS32(d, uminLo, umaxLo);
  }
  if (sminHi === smaxHi) {
    if (sminLo >>> 0 <= smaxLo >>> 0) narrowU32(d, sminLo, smaxLo);
    if (sminLo <= smaxLo) narrowS32(d, sminLo, smaxLo);
  }
  // The high half steps once, while the low half steps from -1 to 0: a range that is contiguous when signed.
  if (((uminHi + 1) | 0) === umaxHi && uminLo < 0 && umaxLo >= 0) narrowS32(d, uminLo, umaxLo);
  if (((sminHi + 1) | 0) === smaxHi && sminLo < 0 && smaxLo >= 0) narrowS32(d, sminLo, smaxLo);
  if (d.u32minBits <= d.u32maxBits) narrowS32(d, d.u32minBits, d.u32maxBits);
  if (d.s32min >>> 0 <= d.s32max >>> 0) {
    narrowU32(d, d.s32min, d.s32max);
  } else if (d.u32maxBits >>> 0 < d.s32min >>> 0) {
    //  0        umin….umax                      U32_MAX
    //  |……… smax]                       [smin …………|      the signed range lies at both ends; only its left part meets
    d.s32min = d.u32minBits;
    if (d.s32max >>> 0 < d.u32maxBits >>> 0) d.u32maxBits = d.s32max;
  } else if (d.s32max >>> 0 < d.u32minBits >>> 0) {
    d.s32max = d.u32maxBits;
    if (d.s32min >>> 0 > d.u32minBits >>> 0) d.u32minBits = d.s32min;
  }
}

/** Between unsigned and signed bounds of the whole number. */
function deduce64(d: Draft): void {
  if (!isLess(d.umaxLo, d.umaxHi, d.uminLo, d.uminHi)) narrowS64(d, d.uminLo, d.uminHi, d.umaxLo, d.umaxHi);
  if (!isBelow(d.smaxLo, d.smaxHi, d.sminLo, d.sminHi)) {
    narrowU64(d, d.sminLo, d.sminHi, d.smaxLo, d.smaxHi);
  } else if (isBelow(d.umaxLo, d.umaxHi, d.sminLo, d.sminHi)) {
    // As above, with 64 bits.
    d.sminLo = d.uminLo;
    d.sminHi = d.uminHi;
    narrowU64(d, 0, 0, d.smaxLo, d.smaxHi);
  } else if (isBelow(d.smaxLo, d.smaxHi, d.uminLo, d.uminHi)) {
    d.smaxLo = d.umaxLo;
    d.smaxHi = d.umaxHi;
    narrowU64(d, d.sminLo, d.sminHi, -1, -1);
  }
}

/** Bounds of the low half → bounds of the whole number. */
function deduceMixed(d: Draft): void {
  narrowU64(d, d.u32minBits, d.uminHi, d.u32maxBits, d.umaxHi);
  narrowS64(d, d.u32minBits, d.sminHi, d.u32maxBits, d.smaxHi);
  // A number that fits 32 signed bits and whose low half is not negative is that low half.
  if (d.s32min < 0 || isLess(d.sminLo, d.sminHi, S32_MIN, -1) || isLess(S32_MAX, 0, d.smaxLo, d.smaxHi)) return;
  const high = d.s32max >> 31;
  d.sminLo = d.uminLo = d.s32min;
  d.sminHi = d.uminHi = 0;
  d.smaxLo = d.umaxLo = d.s32max;
  d.smaxHi = d.umaxHi = high;
  d.tnum = tnumIntersect(d.tnum, tnumSpan(d.uminLo, 0, d.umaxLo, high));
}

/** Bounds → bits. */
function bitsFromBounds(d: Draft): void {
  const { uminLo, uminHi, umaxLo, umaxHi, u32minBits, u32maxBits } = d;
  // Bits above the highest one in which the ends differ are known. Ends that differ in the highest say nothing.
  const bits = bitLength(uminLo ^ umaxLo, uminHi ^ umaxHi);
  if (bits < 64) {
    const freeLo = onesLow(bits);
    const freeHi = onesHigh(bits);
    d.maskLo &= freeLo;
    d.maskHi &= freeHi;
    d.valueLo = (d.valueLo | (uminLo & ~freeLo)) & ~d.maskLo;
    d.valueHi = (d.valueHi | (uminHi & ~freeHi)) & ~d.maskHi;
  }
  const free = onesLow(bitLength(u32minBits ^ u32maxBits, 0));
  d.maskLo &= free;
  d.valueLo = (d.valueLo | (u32minBits & ~free)) & ~d.maskLo;
}

/** One number that all views allow: they all become that number. @returns false when it is not so simple */
function settleConst(d: Draft): boolean {
  const { valueLo: lo, valueHi: hi } = d;
  if (isBelow(lo, hi, d.uminLo, d.uminHi) || isBelow(d.umaxLo, d.umaxHi, lo, hi)) return false;
  if (isLess(lo, hi, d.sminLo, d.sminHi) || isLess(d.smaxLo, d.smaxHi, lo, hi)) return false;
  if (lo >>> 0 < d.u32minBits >>> 0 || lo >>> 0 > d.u32maxBits >>> 0 || lo < d.s32min || lo > d.s32max) return false;
  setConst(d, lo, hi);
  return true;
}

/** State of a number before a round; one for all, for a round calls nothing that starts another. */
const before: Draft = /* @__PURE__ */ draftOf(SCALAR_UNKNOWN);

function copyInto(to: Draft, from: Draft): void {
  to.valueLo = from.valueLo;
  to.valueHi = from.valueHi;
  to.maskLo = from.maskLo;
  to.maskHi = from.maskHi;
  to.uminLo = from.uminLo;
  to.uminHi = from.uminHi;
  to.umaxLo = from.umaxLo;
  to.umaxHi = from.umaxHi;
  to.sminLo = from.sminLo;
  to.sminHi = from.sminHi;
  to.smaxLo = from.smaxLo;
  to.smaxHi = from.smaxHi;
  to.u32minBits = from.u32minBits;
  to.u32maxBits = from.u32maxBits;
  to.s32min = from.s32min;
  to.s32max = from.s32max;
}

/** Lets every view tell the others what it knows. Changes and returns `d`. */
export function sync(d: Draft): Draft {
  if ((d.maskLo | d.maskHi) === 0 && settleConst(d)) return d;
  boundsFromBits(d);
  for (let round = 0; round < 3; round++) {
    copyInto(before, d);
    deduce32(d);
    deduce64(d);
    deduceMixed(d);
    // A round that found nothing leaves nothing for the next.
    if (scalarEquals(before, d)) break;
  }
  bitsFromBounds(d);
  boundsFromBits(d);
  return d;
}

/** What {@link scalarFromBounds} is given; what is missing is unbounded. */
export interface ScalarBounds {
  readonly umin?: bigint;
  readonly umax?: bigint;
  readonly smin?: bigint;
  readonly smax?: bigint;
  readonly u32min?: number;
  readonly u32max?: number;
  readonly s32min?: number;
  readonly s32max?: number;
}

/** The numbers of `base` (default: any) within `bounds`, with all views in sync. */
export function scalarFromBounds(bounds: ScalarBounds, base: Scalar = SCALAR_UNKNOWN): Scalar {
  const d = draftOf(base);
  const { umin = 0n, umax = U64_MAX, smin = S64_MIN, smax = S64_MAX } = bounds;
  narrowU64(d, lowOf(umin), highOf(umin), lowOf(umax), highOf(umax));
  narrowS64(d, lowOf(smin), highOf(smin), lowOf(smax), highOf(smax));
  narrowU32(d, (bounds.u32min ?? 0) | 0, (bounds.u32max ?? U32_MAX) | 0);
  narrowS32(d, bounds.s32min ?? S32_MIN, bounds.s32max ?? S32_MAX);
  return sync(d);
}
