// How is a 64-bit number calculated with as two halves of 32 bits?
//
// BigInt allocates for every operation. Here a number is its low and its high half, each a signed 32-bit integer (`| 0`), which
// JavaScript keeps in registers; whether the number counts as signed is the operation's business. What yields a number is two
// functions: the low half needs no more than `(aLo + bLo) | 0`.

/** A number where it has to be one value. */
export interface Words {
  readonly lo: number;
  readonly hi: number;
}

/** `a < b`, unsigned. */
export function isBelow(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi >>> 0 < bHi >>> 0;
}

/** `a < b`, signed. */
export function isLess(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi < bHi;
}

/** High half of `a + b`. */
export function addHigh(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const carry = ((aLo + bLo) | 0) >>> 0 < aLo >>> 0 ? 1 : 0;
  return (aHi + bHi + carry) | 0;
}

/** High half of `a - b`. */
export function subHigh(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const borrow = aLo >>> 0 < bLo >>> 0 ? 1 : 0;
  return (aHi - bHi - borrow) | 0;
}

/** Low half of `a << by`, `by` 0 to 63. */
export function shlLow(aLo: number, by: number): number {
  return by < 32 ? aLo << by : 0;
}

/** High half of `a << by`. */
export function shlHigh(aLo: number, aHi: number, by: number): number {
  if (by === 0) return aHi;
  return by < 32 ? (aHi << by) | (aLo >>> (32 - by)) : aLo << (by - 32);
}

/** Low half of `a >> by`, whether zeros or copies of the sign (`fill`: 0 or -1) come in. */
export function shrLow(aLo: number, aHi: number, by: number, fill: number): number {
  if (by === 0) return aLo;
  if (by < 32) return (aLo >>> by) | (aHi << (32 - by));
  return shrHigh(aHi, by - 32, fill);
}

/** High half of `a >> by`. */
export function shrHigh(aHi: number, by: number, fill: number): number {
  if (by >= 32) return fill;
  return fill === 0 ? (aHi >>> by) | 0 : aHi >> by;
}

/** Number of the highest set bit plus one; 0 for 0. */
export function bitLength(lo: number, hi: number): number {
  return hi === 0 ? 32 - Math.clz32(lo) : 64 - Math.clz32(hi);
}

/** Low half of a number of `bits` ones. */
export function onesLow(bits: number): number {
  return bits >= 32 ? -1 : ((1 << bits) - 1) | 0;
}

/** High half of a number of `bits` ones. */
export function onesHigh(bits: number): number {
  return bits <= 32 ? 0 : onesLow(bits - 32);
}

/** Low half of a bigint, taken modulo 2^64. */
export function lowOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** High half of a bigint, taken modulo 2^64. */
export function highOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

/** Both halves as one number, unsigned. */
export function toUnsigned(lo: number, hi: number): bigint {
  return hi === 0 ? BigInt(lo >>> 0) : (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** Both halves as one number, signed. */
export function toSigned(lo: number, hi: number): bigint {
  return hi === lo >> 31 ? BigInt(lo) : (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

/** Both halves as one number, signed; rounded beyond 2^53. */
export function toNumber(lo: number, hi: number): number {
  return hi * 0x1_0000_0000 + (lo >>> 0);
}
