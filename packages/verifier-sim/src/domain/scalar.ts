// What numbers may this register hold?
import { tnumIn, TNUM_UNKNOWN, tnumSubregIsConst } from './tnum.ts';
import type { Tnum } from './tnum.ts';

/**
 * A set of 64-bit numbers, by known bits and by four ranges (all inclusive): of the whole number and of its low 32 bits, each unsigned and signed.
 * A number is in the set when it fits all five.
 */
export interface Scalar {
  readonly tnum: Tnum;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly u32min: number;
  readonly u32max: number;
  readonly s32min: number;
  readonly s32max: number;
}

/** A scalar under construction, private to this room. */
export type Draft = { -readonly [K in keyof Scalar]: Scalar[K] };

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const S64_MIN: bigint = -0x8000_0000_0000_0000n;
export const U32_MAX = 0xffff_ffff;
export const S32_MAX = 0x7fff_ffff;
export const S32_MIN: number = -0x8000_0000;

/** Any number. */
export const SCALAR_UNKNOWN: Scalar = {
  tnum: TNUM_UNKNOWN,
  umin: 0n,
  umax: U64_MAX,
  smin: S64_MIN,
  smax: S64_MAX,
  u32min: 0,
  u32max: U32_MAX,
  s32min: S32_MIN,
  s32max: S32_MAX,
};

/** Exactly one number. @param value taken modulo 2^64 */
export function scalarConst(value: bigint): Scalar {
  const unsigned = BigInt.asUintN(64, value);
  const signed = BigInt.asIntN(64, value);
  const low = Number(BigInt.asUintN(32, value));
  return {
    tnum: { value: unsigned, mask: 0n },
    umin: unsigned,
    umax: unsigned,
    smin: signed,
    smax: signed,
    u32min: low,
    u32max: low,
    s32min: low | 0,
    s32max: low | 0,
  };
}

/** Whether it is one number (its bits are all known). */
export function isConst(s: Scalar): boolean {
  return s.tnum.mask === 0n;
}

/** Whether the low 32 bits are one number. */
export function isConst32(s: Scalar): boolean {
  return tnumSubregIsConst(s.tnum);
}

/** The number of a scalar for which {@link isConst} holds, unsigned. */
export function constValue(s: Scalar): bigint {
  return s.tnum.value;
}

/** A scalar as something that can be changed. */
export function draftOf(s: Scalar): Draft {
  return {
    tnum: s.tnum,
    umin: s.umin,
    umax: s.umax,
    smin: s.smin,
    smax: s.smax,
    u32min: s.u32min,
    u32max: s.u32max,
    s32min: s.s32min,
    s32max: s.s32max,
  };
}

/** Forgets the four bounds of the whole number, not its bits. */
export function forget64(d: Draft): void {
  d.umin = 0n;
  d.umax = U64_MAX;
  d.smin = S64_MIN;
  d.smax = S64_MAX;
}

/** Forgets the four bounds of the low half, not its bits. */
export function forget32(d: Draft): void {
  d.u32min = 0;
  d.u32max = U32_MAX;
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
}

/** Whether every number that `cur` may be is one that `old` may be, judged field by field as the kernel's pruning does. */
export function scalarWithin(old: Scalar, cur: Scalar): boolean {
  return (
    old.umin <= cur.umin &&
    old.umax >= cur.umax &&
    old.smin <= cur.smin &&
    old.smax >= cur.smax &&
    old.u32min <= cur.u32min &&
    old.u32max >= cur.u32max &&
    old.s32min <= cur.s32min &&
    old.s32max >= cur.s32max &&
    tnumIn(old.tnum, cur.tnum)
  );
}

/** Whether all fields are equal. */
export function scalarEquals(a: Scalar, b: Scalar): boolean {
  return (
    a === b ||
    (a.tnum.value === b.tnum.value &&
      a.tnum.mask === b.tnum.mask &&
      a.umin === b.umin &&
      a.umax === b.umax &&
      a.smin === b.smin &&
      a.smax === b.smax &&
      a.u32min === b.u32min &&
      a.u32max === b.u32max &&
      a.s32min === b.s32min &&
      a.s32max === b.s32max)
  );
}

/** Whether the concrete number `value` (taken modulo 2^64) is in the set. */
export function scalarContains(s: Scalar, value: bigint): boolean {
  const unsigned = BigInt.asUintN(64, value);
  const signed = BigInt.asIntN(64, value);
  const low = Number(BigInt.asUintN(32, value));
  return (
    (unsigned & ~s.tnum.mask) === s.tnum.value &&
    unsigned >= s.umin &&
    unsigned <= s.umax &&
    signed >= s.smin &&
    signed <= s.smax &&
    low >= s.u32min &&
    low <= s.u32max &&
    (low | 0) >= s.s32min &&
    (low | 0) <= s.s32max
  );
}
