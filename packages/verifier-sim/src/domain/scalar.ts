// What numbers may this register hold?
import { Tnum, tnumIn } from './tnum.ts';
import { highOf, lowOf, toNumber, toSigned, toUnsigned } from './words.ts';

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const S64_MIN: bigint = -0x8000_0000_0000_0000n;
export const U32_MAX = 0xffff_ffff;
export const S32_MAX = 0x7fff_ffff;
export const S32_MIN: number = -0x8000_0000;

/**
 * A scalar under construction, private to this room: others see it as {@link Scalar}. All fields are signed 32-bit integers, so that
 * none is boxed; 64-bit numbers are in halves (`words.ts`). What is unsigned and what is whole is to be had from accessors, whole
 * numbers as bigints, for callers that are not in a hurry.
 */
export class Draft {
  valueLo: number;
  valueHi: number;
  maskLo: number;
  maskHi: number;
  uminLo: number;
  uminHi: number;
  umaxLo: number;
  umaxHi: number;
  sminLo: number;
  sminHi: number;
  smaxLo: number;
  smaxHi: number;
  u32minBits: number;
  u32maxBits: number;
  s32min: number;
  s32max: number;

  /** Any number that has the bits of `of`, with its bounds. */
  constructor(of?: Draft) {
    if (of === undefined) {
      this.valueLo = this.valueHi = 0;
      this.maskLo = this.maskHi = -1;
      this.uminLo = this.uminHi = 0;
      this.umaxLo = this.umaxHi = -1;
      this.sminLo = 0;
      this.sminHi = S32_MIN;
      this.smaxLo = -1;
      this.smaxHi = S32_MAX;
      this.u32minBits = 0;
      this.u32maxBits = -1;
      this.s32min = S32_MIN;
      this.s32max = S32_MAX;
    } else {
      this.valueLo = of.valueLo;
      this.valueHi = of.valueHi;
      this.maskLo = of.maskLo;
      this.maskHi = of.maskHi;
      this.uminLo = of.uminLo;
      this.uminHi = of.uminHi;
      this.umaxLo = of.umaxLo;
      this.umaxHi = of.umaxHi;
      this.sminLo = of.sminLo;
      this.sminHi = of.sminHi;
      this.smaxLo = of.smaxLo;
      this.smaxHi = of.smaxHi;
      this.u32minBits = of.u32minBits;
      this.u32maxBits = of.u32maxBits;
      this.s32min = of.s32min;
      this.s32max = of.s32max;
    }
  }

  get tnum(): Tnum {
    return new Tnum(this.valueLo, this.valueHi, this.maskLo, this.maskHi);
  }

  set tnum({ valueLo, valueHi, maskLo, maskHi }: Tnum) {
    this.valueLo = valueLo;
    this.valueHi = valueHi;
    this.maskLo = maskLo;
    this.maskHi = maskHi;
  }

  get u32min(): number {
    return this.u32minBits >>> 0;
  }

  set u32min(value: number) {
    this.u32minBits = value | 0;
  }

  get u32max(): number {
    return this.u32maxBits >>> 0;
  }

  set u32max(value: number) {
    this.u32maxBits = value | 0;
  }

  get umin(): bigint {
    return toUnsigned(this.uminLo, this.uminHi);
  }

  get umax(): bigint {
    return toUnsigned(this.umaxLo, this.umaxHi);
  }

  get smin(): bigint {
    return toSigned(this.sminLo, this.sminHi);
  }

  get smax(): bigint {
    return toSigned(this.smaxLo, this.smaxHi);
  }
}

/**
 * A set of 64-bit numbers, by known bits (`tnum`) and by four ranges (all inclusive): of the whole number (`umin` to `umax`, `smin` to
 * `smax`) and of its low 32 bits (`u32min` to `u32max`, `s32min` to `s32max`), each unsigned and signed. A number is in the set when
 * it fits all five. Immutable.
 */
export type Scalar = Readonly<Draft>;

/** Any number. */
export const SCALAR_UNKNOWN: Scalar = /* @__PURE__ */ new Draft();

/** Exactly one number. @param value taken modulo 2^64 */
export function scalarConst(value: bigint): Scalar {
  return scalarOfWords(lowOf(value), highOf(value));
}

/** Exactly one number of 32 bits, signed. */
export function scalarConst32(value: number): Scalar {
  return scalarOfWords(value | 0, value >> 31);
}

/** Exactly one number, in halves. */
export function scalarOfWords(lo: number, hi: number): Scalar {
  const d = new Draft();
  setConst(d, lo, hi);
  return d;
}

/** `d` becomes exactly one number. */
export function setConst(d: Draft, lo: number, hi: number): void {
  d.valueLo = d.uminLo = d.umaxLo = d.sminLo = d.smaxLo = lo;
  d.valueHi = d.uminHi = d.umaxHi = d.sminHi = d.smaxHi = hi;
  d.maskLo = d.maskHi = 0;
  d.u32minBits = d.u32maxBits = d.s32min = d.s32max = lo;
}

/** Whether it is one number (its bits are all known). */
export function isConst(s: Scalar): boolean {
  return (s.maskLo | s.maskHi) === 0;
}

/** Whether the low 32 bits are one number. */
export function isConst32(s: Scalar): boolean {
  return s.maskLo === 0;
}

/** Whether it is 0. */
export function isZero(s: Scalar): boolean {
  return (s.maskLo | s.maskHi | s.valueLo | s.valueHi) === 0;
}

/** The number of a scalar for which {@link isConst} holds, unsigned. */
export function constValue(s: Scalar): bigint {
  return toUnsigned(s.valueLo, s.valueHi);
}

/** The number of a scalar for which {@link isConst} holds, signed; rounded beyond 2^53. */
export function constNumber(s: Scalar): number {
  return toNumber(s.valueLo, s.valueHi);
}

/** Whether the number fits 32 bits, unsigned. */
export function fitsU32(s: Scalar): boolean {
  return s.umaxHi === 0;
}

/** Bits the number needs at most: 8, 16, 32 or 64. */
export function scalarBits(s: Scalar): 8 | 16 | 32 | 64 {
  if (s.umaxHi !== 0) return 64;
  const max = s.umaxLo >>> 0;
  if (max > 0xffff) return 32;
  return max > 0xff ? 16 : 8;
}

/** A scalar as something that can be changed. */
export function draftOf(s: Scalar): Draft {
  return new Draft(s);
}

/** Forgets the four bounds of the whole number, not its bits. */
export function forget64(d: Draft): void {
  forgetUnsigned64(d);
  forgetSigned64(d);
}

export function forgetUnsigned64(d: Draft): void {
  d.uminLo = d.uminHi = 0;
  d.umaxLo = d.umaxHi = -1;
}

export function forgetSigned64(d: Draft): void {
  d.sminLo = 0;
  d.sminHi = S32_MIN;
  d.smaxLo = -1;
  d.smaxHi = S32_MAX;
}

/** Forgets the four bounds of the low half, not its bits. */
export function forget32(d: Draft): void {
  d.u32minBits = 0;
  d.u32maxBits = -1;
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
}

/** Whether every number that `cur` may be is one that `old` may be, judged field by field as the kernel's pruning does. */
export function scalarWithin(old: Scalar, cur: Scalar): boolean {
  if (old === cur) return true;
  // Where they differ it is mostly in the bits.
  return tnumIn(old, cur) && isWithinUnsigned(old, cur) && isWithinSigned(old, cur) && isWithin32(old, cur);
}

function isWithinUnsigned(old: Scalar, cur: Scalar): boolean {
  const oldMin = old.uminHi >>> 0;
  const curMin = cur.uminHi >>> 0;
  if (oldMin > curMin || (oldMin === curMin && old.uminLo >>> 0 > cur.uminLo >>> 0)) return false;
  const oldMax = old.umaxHi >>> 0;
  const curMax = cur.umaxHi >>> 0;
  return oldMax > curMax || (oldMax === curMax && old.umaxLo >>> 0 >= cur.umaxLo >>> 0);
}

function isWithinSigned(old: Scalar, cur: Scalar): boolean {
  if (old.sminHi > cur.sminHi || (old.sminHi === cur.sminHi && old.sminLo >>> 0 > cur.sminLo >>> 0)) return false;
  return old.smaxHi > cur.smaxHi || (old.smaxHi === cur.smaxHi && old.smaxLo >>> 0 >= cur.smaxLo >>> 0);
}

function isWithin32(old: Scalar, cur: Scalar): boolean {
  return (
    old.u32minBits >>> 0 <= cur.u32minBits >>> 0 &&
    old.u32maxBits >>> 0 >= cur.u32maxBits >>> 0 &&
    old.s32min <= cur.s32min &&
    old.s32max >= cur.s32max
  );
}

/** Whether all fields are equal. */
export function scalarEquals(a: Scalar, b: Scalar): boolean {
  return (
    a === b ||
    (a.valueLo === b.valueLo &&
      a.valueHi === b.valueHi &&
      a.maskLo === b.maskLo &&
      a.maskHi === b.maskHi &&
      a.uminLo === b.uminLo &&
      a.uminHi === b.uminHi &&
      a.umaxLo === b.umaxLo &&
      a.umaxHi === b.umaxHi &&
      a.sminLo === b.sminLo &&
      a.sminHi === b.sminHi &&
      a.smaxLo === b.smaxLo &&
      a.smaxHi === b.smaxHi &&
      a.u32minBits === b.u32minBits &&
      a.u32maxBits === b.u32maxBits &&
      a.s32min === b.s32min &&
      a.s32max === b.s32max)
  );
}

/** Whether the concrete number `value` (taken modulo 2^64) is in the set. */
export function scalarContains(s: Scalar, value: bigint): boolean {
  return scalarWithin(s, scalarConst(value));
}
