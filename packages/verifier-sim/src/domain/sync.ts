// What does one view of a number (bits, unsigned, signed, low half) tell about the others?
//
// Each view alone is imprecise; facts flow between them in a fixed order and a fixed number of rounds. The kernel's log
// prints the outcome, so order and number of rounds are part of the interface: bits → bounds, three rounds of deduction
// among the bounds, bounds → bits, bits → bounds.
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, draftOf, SCALAR_UNKNOWN, scalarConst } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { tnumIntersect, tnumNext, tnumRange, tnumSubreg, tnumWithSubreg } from './tnum.ts';

const HIGH_HALF = 0xffff_ffff_0000_0000n;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

function low32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function s64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Raises the lower and lowers the upper bounds of the whole number, unsigned. */
export function narrowU64(d: Draft, min: bigint, max: bigint): void {
  if (min > d.umin) d.umin = min;
  if (max < d.umax) d.umax = max;
}

/** The same, signed. */
export function narrowS64(d: Draft, min: bigint, max: bigint): void {
  if (min > d.smin) d.smin = min;
  if (max < d.smax) d.smax = max;
}

/** The same for the low half, unsigned. */
export function narrowU32(d: Draft, min: number, max: number): void {
  if (min > d.u32min) d.u32min = min;
  if (max < d.u32max) d.u32max = max;
}

/** The same for the low half, signed. */
export function narrowS32(d: Draft, min: number, max: number): void {
  if (min > d.s32min) d.s32min = min;
  if (max < d.s32max) d.s32max = max;
}

/** Bits → bounds of the low half. */
export function boundsFromBits32(d: Draft): void {
  const value = low32(d.tnum.value);
  const mask = low32(d.tnum.mask);
  const top = (value | mask) >>> 0;
  // An unknown sign bit: the least number has it set, the greatest has it clear.
  narrowS32(d, value | (mask & S32_MIN), value | (mask & S32_MAX));
  narrowU32(d, value, top);
}

/** Bits → bounds of the whole number and of its low half. */
export function boundsFromBits(d: Draft): void {
  boundsFromBits32(d);
  const { value, mask } = d.tnum;
  const signBit = mask & (1n << 63n);
  narrowS64(d, s64(value | signBit), s64(value | (mask & S64_MAX)));
  narrowU64(d, value, value | mask);
  settleSingle(d);
}

/** The one number that fits both the bits and the unsigned bounds, when there is only one. */
function settleSingle(d: Draft): void {
  if (d.tnum.mask === 0n && d.umin === d.umax) return;
  const last = d.tnum.value | d.tnum.mask;
  const next = tnumNext(d.tnum, d.umin);
  if ((d.umin & ~d.tnum.mask) === d.tnum.value) {
    if (next > d.umax) Object.assign(d, scalarConst(d.umin));
  } else if (next === last || (next <= d.umax && tnumNext(d.tnum, next) > d.umax)) {
    Object.assign(d, scalarConst(next));
  }
}

/** Bounds of the whole number → bounds of its low half, and between the two of the low half. */
function deduce32(d: Draft): void {
  // All numbers of the range share their high half: the low half moves from end to end without wrapping.
  const uMinHigh = d.umin >> 32n;
  const uMaxHigh = d.umax >> 32n;
  const uLow = low32(d.umin);
  const uHigh = low32(d.umax);
  if (uMinHigh === uMaxHigh) {
    narrowU32(d, uLow, uHigh);
    if ((uLow | 0) <= (uHigh | 0)) narrowS32(d, uLow | 0, uHigh | 0);
  }
  const sMinHigh = d.smin >> 32n;
  const sMaxHigh = d.smax >> 32n;
  const sLow = low32(d.smin);
  const sHigh = low32(d.smax);
  if (sMinHigh === sMaxHigh) {
    if (sLow <= sHigh) narrowU32(d, sLow, sHigh);
    if ((sLow | 0) <= (sHigh | 0)) narrowS32(d, sLow | 0, sHigh | 0);
  }
  // The high half steps once, while the low half steps from -1 to 0: a range that is contiguous when signed.
  if (BigInt.asUintN(32, uMinHigh + 1n) === uMaxHigh && (uLow | 0) < 0 && (uHigh | 0) >= 0) {
    narrowS32(d, uLow | 0, uHigh | 0);
  }
  if (BigInt.asUintN(32, sMinHigh + 1n) === BigInt.asUintN(32, sMaxHigh) && (sLow | 0) < 0 && (sHigh | 0) >= 0) {
    narrowS32(d, sLow | 0, sHigh | 0);
  }
  if ((d.u32min | 0) <= (d.u32max | 0)) narrowS32(d, d.u32min | 0, d.u32max | 0);
  if (d.s32min >>> 0 <= d.s32max >>> 0) {
    narrowU32(d, d.s32min >>> 0, d.s32max >>> 0);
  } else if (d.u32max < d.s32min >>> 0) {
    //  0        umin….umax                      U32_MAX
    //  |……… smax]                       [smin …………|      the signed range lies at both ends; only its left part meets
    d.s32min = d.u32min | 0;
    d.u32max = Math.min(d.u32max, d.s32max >>> 0);
  } else if (d.s32max >>> 0 < d.u32min) {
    d.s32max = d.u32max | 0;
    d.u32min = Math.max(d.u32min, d.s32min >>> 0);
  }
}

/** Between unsigned and signed bounds of the whole number. */
function deduce64(d: Draft): void {
  if (s64(d.umin) <= s64(d.umax)) narrowS64(d, s64(d.umin), s64(d.umax));
  if (u64(d.smin) <= u64(d.smax)) {
    narrowU64(d, u64(d.smin), u64(d.smax));
  } else if (d.umax < u64(d.smin)) {
    // As above, with 64 bits.
    d.smin = s64(d.umin);
    d.umax = d.umax < u64(d.smax) ? d.umax : u64(d.smax);
  } else if (u64(d.smax) < d.umin) {
    d.smax = s64(d.umax);
    d.umin = d.umin > u64(d.smin) ? d.umin : u64(d.smin);
  }
}

/** Bounds of the low half → bounds of the whole number. */
function deduceMixed(d: Draft): void {
  narrowU64(d, (d.umin & HIGH_HALF) | BigInt(d.u32min), (d.umax & HIGH_HALF) | BigInt(d.u32max));
  narrowS64(
    d,
    s64((u64(d.smin) & HIGH_HALF) | BigInt(d.u32min)),
    s64((u64(d.smax) & HIGH_HALF) | BigInt(d.u32max)),
  );
  // A number that fits 32 signed bits and whose low half is not negative is that low half.
  if (d.s32min >= 0 && d.smin >= BigInt(S32_MIN) && d.smax <= BigInt(S32_MAX)) {
    d.smin = BigInt(d.s32min);
    d.smax = BigInt(d.s32max);
    d.umin = BigInt(d.s32min);
    d.umax = u64(d.smax);
    d.tnum = tnumIntersect(d.tnum, tnumRange(d.umin, d.umax));
  }
}

/** Bounds → bits. */
function bitsFromBounds(d: Draft): void {
  const whole = tnumIntersect(d.tnum, tnumRange(d.umin, d.umax));
  const low = tnumIntersect(tnumSubreg(whole), tnumRange(BigInt(d.u32min), BigInt(d.u32max)));
  d.tnum = tnumWithSubreg(whole, low);
}

/** One number that all views allow: they all become that number. @returns false when it is not so simple */
function settleConst(d: Draft): boolean {
  const { value } = d.tnum;
  const signed = s64(value);
  const low = low32(value);
  if (value < d.umin || value > d.umax || signed < d.smin || signed > d.smax) return false;
  if (low < d.u32min || low > d.u32max || (low | 0) < d.s32min || (low | 0) > d.s32max) return false;
  d.umin = d.umax = value;
  d.smin = d.smax = signed;
  d.u32min = d.u32max = low;
  d.s32min = d.s32max = low | 0;
  return true;
}

/** Lets every view tell the others what it knows. Changes and returns `d`. */
export function sync(d: Draft): Draft {
  if (d.tnum.mask === 0n && settleConst(d)) return d;
  boundsFromBits(d);
  for (let round = 0; round < 3; round++) {
    const { umin, umax, smin, smax, u32min, u32max, s32min, s32max, tnum } = d;
    deduce32(d);
    deduce64(d);
    deduceMixed(d);
    // A round that found nothing leaves nothing for the next.
    const same32 = u32min === d.u32min && u32max === d.u32max && s32min === d.s32min && s32max === d.s32max;
    if (same32 && umin === d.umin && umax === d.umax && smin === d.smin && smax === d.smax && tnum === d.tnum) break;
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
  narrowU64(d, bounds.umin ?? 0n, bounds.umax ?? U64_MAX);
  narrowS64(d, bounds.smin ?? S64_MIN, bounds.smax ?? S64_MAX);
  narrowU32(d, bounds.u32min ?? 0, bounds.u32max ?? 0xffff_ffff);
  narrowS32(d, bounds.s32min ?? S32_MIN, bounds.s32max ?? S32_MAX);
  return sync(d);
}
