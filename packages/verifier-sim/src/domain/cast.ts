// What remains of a number when it is cut, widened or byte-swapped?
import { draftOf, forget32, isConst, SCALAR_UNKNOWN, scalarConst, U32_MAX } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { sync } from './sync.ts';
import { tnumCast, tnumRange, tnumSubreg, tnumSwap, TNUM_UNKNOWN } from './tnum.ts';

/** The low half with zeros above, as every 32-bit operation leaves it; views are not synced. */
export function zeroExtendDraft(d: Draft): void {
  d.tnum = tnumSubreg(d.tnum);
  d.umin = BigInt(d.u32min);
  d.umax = BigInt(d.u32max);
  // A low half of known sign carries its signed bounds over; otherwise any 32 bits.
  const positive = d.s32min >= 0;
  d.smin = positive ? BigInt(d.s32min) : 0n;
  d.smax = positive ? BigInt(d.s32max) : BigInt(U32_MAX);
}

/** The low 32 bits, zeros above. */
export function truncate32(s: Scalar): Scalar {
  const d = draftOf(s);
  zeroExtendDraft(d);
  return sync(d);
}

/** The low `bytes` (1, 2, 4 or 8) bytes, zeros above. */
export function zeroExtend(s: Scalar, bytes: number): Scalar {
  if (bytes >= 8) return s;
  const d = draftOf(s);
  d.tnum = tnumCast(s.tnum, bytes);
  const mask = (1n << BigInt(bytes * 8)) - 1n;
  if ((d.umin & ~mask) === (d.umax & ~mask)) {
    d.umin &= mask;
    d.umax &= mask;
  } else {
    d.umin = 0n;
    d.umax = mask;
  }
  d.smin = d.umin;
  d.smax = d.umax;
  if (bytes < 4) forget32(d);
  return sync(d);
}

/** Any number that is the sign extension of `bits` bits. */
function anySignExtended(bits: number, is64: boolean): Scalar {
  const half = 1n << BigInt(bits - 1);
  const d = draftOf(SCALAR_UNKNOWN);
  d.s32min = Number(BigInt.asIntN(32, -half));
  d.s32max = Number(BigInt.asIntN(32, half - 1n));
  if (is64) {
    d.smin = -half;
    d.smax = half - 1n;
  }
  return d;
}

/** Bounds of the sign-extended low `bits` bits of a signed range; undefined when they wrap within it. */
function signExtendRange(min: bigint, max: bigint, bits: number): readonly [bigint, bigint] | undefined {
  const by = BigInt(bits);
  if (min >> by !== max >> by) return undefined;
  const a = BigInt.asIntN(bits, min);
  const b = BigInt.asIntN(bits, max);
  const low = a < b ? a : b;
  const high = a < b ? b : a;
  return low >= 0n === high >= 0n ? [low, high] : undefined;
}

/**
 * The low `bytes` (1, 2 or 4) bytes, copies of their sign above.
 *
 * @param is64 false: only up to 32 bits, and the high half becomes zero
 */
export function signExtend(s: Scalar, bytes: number, is64: boolean): Scalar {
  const bits = bytes * 8;
  if (is64) {
    if (isConst(s)) return scalarConst(BigInt.asIntN(bits, s.tnum.value));
    const range = signExtendRange(s.smin, s.smax, bits);
    if (range === undefined) return sync(draftOf(anySignExtended(bits, true)));
    const [min, max] = range;
    return sync(signedRange(min, max));
  }
  const d = draftOf(s);
  const low = tnumSubreg(s.tnum);
  if (low.mask === 0n) return scalarConst(BigInt.asUintN(32, BigInt.asIntN(bits, low.value)));
  const range = signExtendRange(BigInt(s.s32min), BigInt(s.s32max), bits);
  if (range === undefined) {
    const any = anySignExtended(bits, false);
    forget32(d);
    d.tnum = TNUM_UNKNOWN;
    d.s32min = any.s32min;
    d.s32max = any.s32max;
  } else {
    const [min, max] = range;
    d.s32min = Number(min);
    d.s32max = Number(max);
    d.u32min = d.s32min >>> 0;
    d.u32max = d.s32max >>> 0;
    d.tnum = tnumSubreg(tnumRange(BigInt.asUintN(64, min), BigInt.asUintN(64, max)));
  }
  zeroExtendDraft(d);
  return sync(d);
}

/** A range that does not cross zero, in all views but not synced. */
function signedRange(min: bigint, max: bigint): Draft {
  const d = draftOf(SCALAR_UNKNOWN);
  d.smin = min;
  d.smax = max;
  d.umin = BigInt.asUintN(64, min);
  d.umax = BigInt.asUintN(64, max);
  d.s32min = Number(BigInt.asIntN(32, min));
  d.s32max = Number(BigInt.asIntN(32, max));
  d.u32min = d.s32min >>> 0;
  d.u32max = d.s32max >>> 0;
  d.tnum = tnumRange(d.umin, d.umax);
  return d;
}

/** Direction of a byte swap: `to_le`/`to_be` of the 32-bit class, or `bswap` of the 64-bit class. */
export type EndKind = 'le' | 'be' | 'swap';

/**
 * The outcome of a byte swap of the low `bits` (16, 32 or 64) bits on a little-endian machine.
 * A cut (`le`) is followed; of a real swap only the bits are.
 */
export function endScalar(kind: EndKind, bits: number, s: Scalar): Scalar {
  if (kind === 'le') return zeroExtend(s, bits / 8);
  const d = draftOf(SCALAR_UNKNOWN);
  d.tnum = tnumSwap(s.tnum, bits / 8);
  return sync(d);
}

const UNSIGNED_OF_SIZE: readonly Scalar[] = /* @__PURE__ */ [0, 1, 2, 3, 4, 5, 6, 7].map((bytes) => zeroExtend(SCALAR_UNKNOWN, bytes));

/** Any number of `bytes` bytes read from memory, zeros (or, with `signed`, copies of the sign) above. */
export function scalarOfSize(bytes: number, signed = false): Scalar {
  if (bytes >= 8) return SCALAR_UNKNOWN;
  return signed ? signExtend(SCALAR_UNKNOWN, bytes, true) : (UNSIGNED_OF_SIZE[bytes] as Scalar);
}

