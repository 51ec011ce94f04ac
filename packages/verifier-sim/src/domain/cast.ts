// What remains of a number when it is cut, widened or byte-swapped?
import { draftOf, forget32, isConst, isConst32, SCALAR_UNKNOWN, scalarConst32, scalarOfWords } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { sync } from './sync.ts';
import { tnumCast, tnumSpan, tnumSubreg, tnumSwap, TNUM_UNKNOWN } from './tnum.ts';
import { onesHigh, onesLow } from './words.ts';

/** The low half with zeros above, as every 32-bit operation leaves it; views are not synced. */
export function zeroExtendDraft(d: Draft): void {
  d.valueHi = d.maskHi = 0;
  d.uminLo = d.u32minBits;
  d.umaxLo = d.u32maxBits;
  d.uminHi = d.umaxHi = 0;
  // A low half of known sign carries its signed bounds over; otherwise any 32 bits.
  const positive = d.s32min >= 0;
  d.sminLo = positive ? d.s32min : 0;
  d.sminHi = 0;
  d.smaxLo = positive ? d.s32max : -1;
  d.smaxHi = positive ? d.s32max >> 31 : 0;
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
  return s === SCALAR_UNKNOWN ? (UNSIGNED_OF_SIZE[bytes] ??= cut(s, bytes)) : cut(s, bytes);
}

function cut(s: Scalar, bytes: number): Scalar {
  const d = draftOf(s);
  d.tnum = tnumCast(s.tnum, bytes);
  const maskLo = onesLow(bytes * 8);
  const maskHi = onesHigh(bytes * 8);
  // The same bits are cut off from all numbers of the range.
  const moves = ((d.uminLo ^ d.umaxLo) & ~maskLo) === 0 && ((d.uminHi ^ d.umaxHi) & ~maskHi) === 0;
  d.uminLo = d.sminLo = moves ? d.uminLo & maskLo : 0;
  d.uminHi = d.sminHi = moves ? d.uminHi & maskHi : 0;
  d.umaxLo = d.smaxLo = moves ? d.umaxLo & maskLo : maskLo;
  d.umaxHi = d.smaxHi = moves ? d.umaxHi & maskHi : maskHi;
  if (bytes < 4) forget32(d);
  return sync(d);
}

/** Sign extension of the low `bits` bits of a low half. */
function signExtendLow(low: number, bits: number): number {
  return (low << (32 - bits)) >> (32 - bits);
}

/** Any number that is the sign extension of `bits` bits; views are not synced. */
function anySignExtended(d: Draft, bits: number): void {
  d.s32min = signExtendLow(1 << (bits - 1), bits);
  d.s32max = ~d.s32min;
}

/**
 * The low `bytes` (1, 2 or 4) bytes, copies of their sign above.
 *
 * @param is64 false: only up to 32 bits, and the high half becomes zero
 */
export function signExtend(s: Scalar, bytes: number, is64: boolean): Scalar {
  const bits = bytes * 8;
  const d = draftOf(is64 ? SCALAR_UNKNOWN : s);
  if (is64 ? isConst(s) : isConst32(s)) {
    const value = signExtendLow(s.valueLo, bits);
    return is64 ? scalarConst32(value) : scalarOfWords(value, 0);
  }
  const minLo = is64 ? s.sminLo : s.s32min;
  const maxLo = is64 ? s.smaxLo : s.s32max;
  const a = signExtendLow(minLo, bits);
  const b = signExtendLow(maxLo, bits);
  // What is cut off must be the same in all numbers of the range, and their new sign, too.
  const moves = (!is64 || s.sminHi === s.smaxHi) && (bits === 32 || minLo >> bits === maxLo >> bits) && a >= 0 === b >= 0;
  if (moves) {
    d.s32min = d.u32minBits = Math.min(a, b);
    d.s32max = d.u32maxBits = Math.max(a, b);
    d.tnum = tnumSpan(d.s32min, d.s32min >> 31, d.s32max, d.s32max >> 31);
  } else {
    forget32(d);
    d.tnum = TNUM_UNKNOWN;
    anySignExtended(d, bits);
  }
  if (is64) {
    d.sminLo = d.s32min;
    d.sminHi = d.s32min >> 31;
    d.smaxLo = d.s32max;
    d.smaxHi = d.s32max >> 31;
    if (moves) {
      d.uminLo = d.sminLo;
      d.uminHi = d.sminHi;
      d.umaxLo = d.smaxLo;
      d.umaxHi = d.smaxHi;
    }
  } else {
    d.tnum = tnumSubreg(d.tnum);
    zeroExtendDraft(d);
  }
  return sync(d);
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

/** By number of bytes; a hole where it was not needed yet. */
const UNSIGNED_OF_SIZE: Scalar[] = [];

/** Any number of `bytes` bytes read from memory, zeros (or, with `signed`, copies of the sign) above. */
export function scalarOfSize(bytes: number, signed = false): Scalar {
  if (bytes >= 8) return SCALAR_UNKNOWN;
  return signed ? signExtend(SCALAR_UNKNOWN, bytes, true) : zeroExtend(SCALAR_UNKNOWN, bytes);
}

