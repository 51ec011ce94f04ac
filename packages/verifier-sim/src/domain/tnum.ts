// Which bits of this number are known?
//
//   bit of mask | bit of value | meaning
//        0      |      b       | known to be b
//        1      |      0       | unknown
//        1      |      1       | never

/** A "tristate number" of 64 bits: every bit is 0, 1 or unknown. Both fields are unsigned 64-bit values. */
export interface Tnum {
  /** The known bits; unknown ones are 0 here. */
  readonly value: bigint;
  /** 1 where the bit is unknown. */
  readonly mask: bigint;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U32_MAX = 0xffff_ffffn;

/** Nothing is known. */
export const TNUM_UNKNOWN: Tnum = { value: 0n, mask: U64_MAX };

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** All bits known. @param value taken modulo 2^64 */
export function tnumConst(value: bigint): Tnum {
  return { value: u64(value), mask: 0n };
}

/** Whether all bits are known. */
export function tnumIsConst(a: Tnum): boolean {
  return a.mask === 0n;
}

/** Number of the highest set bit plus one; 0 for 0. */
function bitLength(value: bigint): number {
  const high = Number(BigInt.asUintN(32, value >> 32n));
  return high === 0 ? 32 - Math.clz32(Number(BigInt.asUintN(32, value))) : 64 - Math.clz32(high);
}

/** The smallest tnum that holds every number of `min` to `max` (unsigned, inclusive). */
export function tnumRange(min: bigint, max: bigint): Tnum {
  const bits = bitLength(min ^ max);
  if (bits > 63) return TNUM_UNKNOWN;
  const delta = (1n << BigInt(bits)) - 1n;
  return { value: min & ~delta, mask: delta };
}

/** `a << shift`. */
export function tnumLsh(a: Tnum, shift: number): Tnum {
  const by = BigInt(shift);
  return { value: u64(a.value << by), mask: u64(a.mask << by) };
}

/** `a >> shift`, zeros coming in. */
export function tnumRsh(a: Tnum, shift: number): Tnum {
  const by = BigInt(shift);
  return { value: a.value >> by, mask: a.mask >> by };
}

/** `a >> shift`, copies of the sign coming in; the result has `bits` (32 or 64) bits. An unknown sign spreads. */
export function tnumArsh(a: Tnum, shift: number, bits: 32 | 64): Tnum {
  const by = BigInt(shift);
  const value = BigInt.asIntN(bits, a.value) >> by;
  const mask = BigInt.asIntN(bits, a.mask) >> by;
  return { value: BigInt.asUintN(bits, value), mask: BigInt.asUintN(bits, mask) };
}

/** `a + b`: a bit is unknown when an operand's is, or when a carry into it may or may not come. */
export function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const low = u64(a.value + b.value);
  const high = u64(low + a.mask + b.mask);
  const mask = (low ^ high) | a.mask | b.mask;
  return { value: low & ~mask, mask };
}

/** `a - b`. */
export function tnumSub(a: Tnum, b: Tnum): Tnum {
  const middle = u64(a.value - b.value);
  const mask = (u64(middle + a.mask) ^ u64(middle - b.mask)) | a.mask | b.mask;
  return { value: middle & ~mask, mask };
}

/** `-a`. */
export function tnumNeg(a: Tnum): Tnum {
  return tnumSub({ value: 0n, mask: 0n }, a);
}

/** `a & b`. */
export function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const value = a.value & b.value;
  return { value, mask: (a.value | a.mask) & (b.value | b.mask) & ~value };
}

/** `a | b`. */
export function tnumOr(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return { value, mask: (a.mask | b.mask) & ~value };
}

/** `a ^ b`. */
export function tnumXor(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return { value: (a.value ^ b.value) & ~mask, mask };
}

/** `a * b` by long multiplication over the bits of `a`: an unknown bit of `a` joins both outcomes. */
export function tnumMul(a: Tnum, b: Tnum): Tnum {
  if (a.mask === 0n && b.mask === 0n) return tnumConst(a.value * b.value);
  let sum: Tnum = { value: 0n, mask: 0n };
  let { value, mask } = a;
  let term = b;
  while (value !== 0n || mask !== 0n) {
    if ((value & 1n) !== 0n) sum = tnumAdd(sum, term);
    else if ((mask & 1n) !== 0n) sum = tnumUnion(sum, tnumAdd(sum, term));
    value >>= 1n;
    mask >>= 1n;
    term = tnumLsh(term, 1);
  }
  return sum;
}

/** Whether some number is in both. */
export function tnumOverlap(a: Tnum, b: Tnum): boolean {
  const known = ~(a.mask | b.mask);
  return (a.value & known) === (b.value & known);
}

/** The numbers in both; the caller knows that there are some. */
export function tnumIntersect(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  return { value: (a.value | b.value) & ~mask, mask };
}

/** The smallest tnum that holds all numbers of both. */
export function tnumUnion(a: Tnum, b: Tnum): Tnum {
  const mask = (a.value ^ b.value) | a.mask | b.mask;
  return { value: a.value & b.value & ~mask, mask };
}

/** Whether every number of `b` is in `a`. */
export function tnumIn(a: Tnum, b: Tnum): boolean {
  return (b.mask & ~a.mask) === 0n && a.value === (b.value & ~a.mask);
}

/** Keeps the low `bytes` bytes, zero above. */
export function tnumCast(a: Tnum, bytes: number): Tnum {
  const bits = bytes * 8;
  return { value: BigInt.asUintN(bits, a.value), mask: BigInt.asUintN(bits, a.mask) };
}

function swapBytes(value: bigint, bytes: number): bigint {
  let swapped = 0n;
  for (let i = 0; i < bytes; i++) swapped = (swapped << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return swapped;
}

/** The low `bytes` bytes in reverse order, zero above. */
export function tnumSwap(a: Tnum, bytes: number): Tnum {
  return { value: swapBytes(a.value, bytes), mask: swapBytes(a.mask, bytes) };
}

/**
 * The least number in `a` that is greater than `than`; the greatest number in `a` when there is none.
 *
 * @param than unsigned 64-bit
 */
export function tnumNext(a: Tnum, than: bigint): bigint {
  const last = a.value | a.mask;
  if (than >= last) return last;
  if (than < a.value) return a.value;
  const from = than + 1n;
  const wrong = (from ^ a.value) & ~a.mask & U64_MAX;
  if (wrong === 0n) return from;
  // The highest known bit that `from` has wrong: where it must be 1, the free bits below start again at 0 …
  const at = 1n << BigInt(bitLength(wrong) - 1);
  if ((a.value & at) !== 0n) return a.value | (from & a.mask & ~(at - 1n));
  // … where it must be 0, the free bits above count up by one.
  return a.value | (u64((from | ~a.mask | (2n * at - 1n)) + 1n) & a.mask & ~(at - 1n));
}

/** The low 32 bits, zero above. */
export function tnumSubreg(a: Tnum): Tnum {
  return { value: a.value & U32_MAX, mask: a.mask & U32_MAX };
}

/** The high 32 bits of `a` and the low ones of `low`. */
export function tnumWithSubreg(a: Tnum, low: Tnum): Tnum {
  const high = ~U32_MAX;
  return { value: (a.value & high) | (low.value & U32_MAX), mask: (a.mask & high) | (low.mask & U32_MAX) };
}

/** Whether the low 32 bits are known. */
export function tnumSubregIsConst(a: Tnum): boolean {
  return (a.mask & U32_MAX) === 0n;
}

/** Whether every number is a multiple of `size`, a power of two (0 and 1: always). */
export function tnumIsAligned(a: Tnum, size: bigint): boolean {
  return size === 0n || ((a.value | a.mask) & (size - 1n)) === 0n;
}

/** `(0x10; 0xf)`: known bits, then unknown ones. */
export function formatTnum(a: Tnum): string {
  return `(0x${a.value.toString(16)}; 0x${a.mask.toString(16)})`;
}
