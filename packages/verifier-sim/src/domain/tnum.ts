// Which bits of this number are known?
//
//   bit of mask | bit of value | meaning
//        0      |      b       | known to be b
//        1      |      0       | unknown
//        1      |      1       | never
import { addHigh, bitLength, highOf, isBelow, lowOf, onesHigh, onesLow, shlHigh, shlLow, shrHigh, shrLow, subHigh, toUnsigned } from './words.ts';
import type { Words } from './words.ts';

/** The fields of a tnum, which scalars have, too. */
export interface Bits {
  readonly valueLo: number;
  readonly valueHi: number;
  readonly maskLo: number;
  readonly maskHi: number;
}

/** A "tristate number" of 64 bits: every bit is 0, 1 or unknown. Immutable; see `words.ts` for the halves. */
export class Tnum implements Bits {
  readonly valueLo: number;
  readonly valueHi: number;
  readonly maskLo: number;
  readonly maskHi: number;

  constructor(valueLo: number, valueHi: number, maskLo: number, maskHi: number) {
    this.valueLo = valueLo;
    this.valueHi = valueHi;
    this.maskLo = maskLo;
    this.maskHi = maskHi;
  }

  /** The known bits; unknown ones are 0 here. Unsigned. */
  get value(): bigint {
    return toUnsigned(this.valueLo, this.valueHi);
  }

  /** 1 where the bit is unknown. Unsigned. */
  get mask(): bigint {
    return toUnsigned(this.maskLo, this.maskHi);
  }
}

/** Nothing is known. */
export const TNUM_UNKNOWN: Tnum = /* @__PURE__ */ new Tnum(0, 0, -1, -1);

/** Both fields are taken modulo 2^64. */
export function tnumOf(value: bigint, mask: bigint): Tnum {
  return new Tnum(lowOf(value), highOf(value), lowOf(mask), highOf(mask));
}

/** All bits known. @param value taken modulo 2^64 */
export function tnumConst(value: bigint): Tnum {
  return new Tnum(lowOf(value), highOf(value), 0, 0);
}

/** Whether all bits are known. */
export function tnumIsConst(a: Tnum): boolean {
  return (a.maskLo | a.maskHi) === 0;
}

/** The smallest tnum that holds every number of `min` to `max` (unsigned, inclusive). */
export function tnumRange(min: bigint, max: bigint): Tnum {
  return tnumSpan(lowOf(min), highOf(min), lowOf(max), highOf(max));
}

/** The same in halves. */
export function tnumSpan(minLo: number, minHi: number, maxLo: number, maxHi: number): Tnum {
  const bits = bitLength(minLo ^ maxLo, minHi ^ maxHi);
  if (bits > 63) return TNUM_UNKNOWN;
  const maskLo = onesLow(bits);
  const maskHi = onesHigh(bits);
  return new Tnum(minLo & ~maskLo, minHi & ~maskHi, maskLo, maskHi);
}

/** `a << shift`. */
export function tnumLsh(a: Tnum, shift: number): Tnum {
  return new Tnum(shlLow(a.valueLo, shift), shlHigh(a.valueLo, a.valueHi, shift), shlLow(a.maskLo, shift), shlHigh(a.maskLo, a.maskHi, shift));
}

/** `a >> shift`, zeros coming in. */
export function tnumRsh(a: Tnum, shift: number): Tnum {
  const { valueLo, valueHi, maskLo, maskHi } = a;
  return new Tnum(shrLow(valueLo, valueHi, shift, 0), shrHigh(valueHi, shift, 0), shrLow(maskLo, maskHi, shift, 0), shrHigh(maskHi, shift, 0));
}

/** `a >> shift`, copies of the sign coming in; the result has `bits` (32 or 64) bits. An unknown sign spreads. */
export function tnumArsh(a: Tnum, shift: number, bits: 32 | 64): Tnum {
  if (bits === 32) return new Tnum(a.valueLo >> shift, 0, a.maskLo >> shift, 0);
  const { valueLo, valueHi, maskLo, maskHi } = a;
  const value = valueHi >> 31;
  const mask = maskHi >> 31;
  return new Tnum(shrLow(valueLo, valueHi, shift, value), shrHigh(valueHi, shift, value), shrLow(maskLo, maskHi, shift, mask), shrHigh(maskHi, shift, mask));
}

/** `a + b`: a bit is unknown when an operand's is, or when a carry into it may or may not come. */
export function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const lowLo = (a.valueLo + b.valueLo) | 0;
  const lowHi = addHigh(a.valueLo, a.valueHi, b.valueLo, b.valueHi);
  const masksLo = (a.maskLo + b.maskLo) | 0;
  const masksHi = addHigh(a.maskLo, a.maskHi, b.maskLo, b.maskHi);
  const highLo = (lowLo + masksLo) | 0;
  const highHi = addHigh(lowLo, lowHi, masksLo, masksHi);
  const maskLo = (lowLo ^ highLo) | a.maskLo | b.maskLo;
  const maskHi = (lowHi ^ highHi) | a.maskHi | b.maskHi;
  return new Tnum(lowLo & ~maskLo, lowHi & ~maskHi, maskLo, maskHi);
}

/** `a - b`. */
export function tnumSub(a: Tnum, b: Tnum): Tnum {
  const lo = (a.valueLo - b.valueLo) | 0;
  const hi = subHigh(a.valueLo, a.valueHi, b.valueLo, b.valueHi);
  const maskLo = (((lo + a.maskLo) | 0) ^ ((lo - b.maskLo) | 0)) | a.maskLo | b.maskLo;
  const maskHi = (addHigh(lo, hi, a.maskLo, a.maskHi) ^ subHigh(lo, hi, b.maskLo, b.maskHi)) | a.maskHi | b.maskHi;
  return new Tnum(lo & ~maskLo, hi & ~maskHi, maskLo, maskHi);
}

/** `a & b`. */
export function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const valueLo = a.valueLo & b.valueLo;
  const valueHi = a.valueHi & b.valueHi;
  const maskLo = (a.valueLo | a.maskLo) & (b.valueLo | b.maskLo) & ~valueLo;
  return new Tnum(valueLo, valueHi, maskLo, (a.valueHi | a.maskHi) & (b.valueHi | b.maskHi) & ~valueHi);
}

/** `a | b`. */
export function tnumOr(a: Tnum, b: Tnum): Tnum {
  const valueLo = a.valueLo | b.valueLo;
  const valueHi = a.valueHi | b.valueHi;
  return new Tnum(valueLo, valueHi, (a.maskLo | b.maskLo) & ~valueLo, (a.maskHi | b.maskHi) & ~valueHi);
}

/** `a ^ b`. */
export function tnumXor(a: Tnum, b: Tnum): Tnum {
  const maskLo = a.maskLo | b.maskLo;
  const maskHi = a.maskHi | b.maskHi;
  return new Tnum((a.valueLo ^ b.valueLo) & ~maskLo, (a.valueHi ^ b.valueHi) & ~maskHi, maskLo, maskHi);
}

/** `a * b` by long multiplication over the bits of `a`: an unknown bit of `a` joins both outcomes. */
export function tnumMul(a: Tnum, b: Tnum): Tnum {
  if (tnumIsConst(a) && tnumIsConst(b)) return tnumConst(a.value * b.value);
  let sum = tnumConst(0n);
  const bits = bitLength(a.valueLo | a.maskLo, a.valueHi | a.maskHi);
  for (let bit = 0; bit < bits; bit++) {
    const at = bit & 31;
    const isSet = ((bit < 32 ? a.valueLo : a.valueHi) >>> at) & 1;
    if (isSet === 1) sum = tnumAdd(sum, tnumLsh(b, bit));
    else if ((((bit < 32 ? a.maskLo : a.maskHi) >>> at) & 1) === 1) sum = tnumUnion(sum, tnumAdd(sum, tnumLsh(b, bit)));
  }
  return sum;
}

/** The numbers in both; the caller knows that there are some. */
export function tnumIntersect(a: Tnum, b: Tnum): Tnum {
  const maskLo = a.maskLo & b.maskLo;
  const maskHi = a.maskHi & b.maskHi;
  return new Tnum((a.valueLo | b.valueLo) & ~maskLo, (a.valueHi | b.valueHi) & ~maskHi, maskLo, maskHi);
}

/** The smallest tnum that holds all numbers of both. */
export function tnumUnion(a: Tnum, b: Tnum): Tnum {
  const maskLo = (a.valueLo ^ b.valueLo) | a.maskLo | b.maskLo;
  const maskHi = (a.valueHi ^ b.valueHi) | a.maskHi | b.maskHi;
  return new Tnum(a.valueLo & b.valueLo & ~maskLo, a.valueHi & b.valueHi & ~maskHi, maskLo, maskHi);
}

/** Whether every number of `b` is in `a`. */
export function tnumIn(a: Bits, b: Bits): boolean {
  return (
    ((b.maskLo & ~a.maskLo) | (b.maskHi & ~a.maskHi) | (a.valueLo ^ (b.valueLo & ~a.maskLo)) | (a.valueHi ^ (b.valueHi & ~a.maskHi))) === 0
  );
}

/** Keeps the low `bytes` bytes, zero above. */
export function tnumCast(a: Tnum, bytes: number): Tnum {
  const lo = onesLow(bytes * 8);
  const hi = onesHigh(bytes * 8);
  return new Tnum(a.valueLo & lo, a.valueHi & hi, a.maskLo & lo, a.maskHi & hi);
}

function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

/** The low `bytes` (2, 4 or 8) bytes in reverse order, zero above. */
export function tnumSwap(a: Tnum, bytes: number): Tnum {
  if (bytes === 8) return new Tnum(swap32(a.valueHi), swap32(a.valueLo), swap32(a.maskHi), swap32(a.maskLo));
  const drop = 32 - bytes * 8;
  return new Tnum((swap32(a.valueLo) >>> drop) | 0, 0, (swap32(a.maskLo) >>> drop) | 0, 0);
}

/** The least number in `a` that is greater than `than` (unsigned); the greatest number in `a` when there is none. */
export function tnumNext(a: Tnum, than: Words): Words {
  const { valueLo, valueHi, maskLo, maskHi } = a;
  const lastLo = valueLo | maskLo;
  const lastHi = valueHi | maskHi;
  if (!isBelow(than.lo, than.hi, lastLo, lastHi)) return { lo: lastLo, hi: lastHi };
  if (isBelow(than.lo, than.hi, valueLo, valueHi)) return { lo: valueLo, hi: valueHi };
  const lo = (than.lo + 1) | 0;
  const hi = lo === 0 ? (than.hi + 1) | 0 : than.hi;
  const wrong = bitLength((lo ^ valueLo) & ~maskLo, (hi ^ valueHi) & ~maskHi);
  if (wrong === 0) return { lo, hi };
  // The highest known bit that is wrong, and those below it.
  const belowLo = onesLow(wrong - 1);
  const belowHi = onesHigh(wrong - 1);
  const upToLo = onesLow(wrong);
  const upToHi = onesHigh(wrong);
  // Where it must be 1, the free bits below start again at 0 …
  if ((valueLo & upToLo & ~belowLo) !== 0 || (valueHi & upToHi & ~belowHi) !== 0) {
    return { lo: valueLo | (lo & maskLo & ~belowLo), hi: valueHi | (hi & maskHi & ~belowHi) };
  }
  // … where it must be 0, the free bits above count up by one.
  const countLo = lo | ~maskLo | upToLo;
  const countHi = hi | ~maskHi | upToHi;
  const nextLo = (countLo + 1) | 0;
  const nextHi = nextLo === 0 ? (countHi + 1) | 0 : countHi;
  return { lo: valueLo | (nextLo & maskLo & ~belowLo), hi: valueHi | (nextHi & maskHi & ~belowHi) };
}

/** The low 32 bits, zero above. */
export function tnumSubreg(a: Tnum): Tnum {
  return new Tnum(a.valueLo, 0, a.maskLo, 0);
}

/** The high 32 bits of `a` and the low ones of `low`. */
export function tnumWithSubreg(a: Tnum, low: Tnum): Tnum {
  return new Tnum(low.valueLo, a.valueHi, low.maskLo, a.maskHi);
}

/** Whether every number is a multiple of `size`, a power of two below 2^31 (0 and 1: always). */
export function tnumIsAligned(a: Tnum, size: number): boolean {
  return size === 0 || ((a.valueLo | a.maskLo) & (size - 1)) === 0;
}

/** `(0x10; 0xf)`: known bits, then unknown ones. */
export function formatTnum(a: Tnum): string {
  return `(0x${a.value.toString(16)}; 0x${a.mask.toString(16)})`;
}
