// How are 64 bits multiplied, divided and shifted in two halves of 32?
//
// A register is two entries of an Int32Array: `r[d]` the low and `r[d + 1]` the high half. Results are written to `r[d]`.
// Only what is not a line or two stands here; the interpreter does the rest in place.

/** dst *= (lo, hi). */
export function mul64(r: Int32Array, d: number, lo: number, hi: number): void {
  const low = r[d]!;
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = lo & 0xffff;
  const b1 = lo >>> 16;
  // Each partial product is below 2^32 and each sum below 2^53, so doubles hold them exactly.
  const p00 = a0 * b0;
  const mid = a1 * b0 + (p00 >>> 16);
  const mid2 = a0 * b1 + (mid % 0x10000);
  const carry = a1 * b1 + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000);
  r[d + 1] = (carry | 0) + Math.imul(low, hi) + Math.imul(r[d + 1]!, lo);
  r[d] = Math.imul(low, lo);
}

/** dst <<= n, with n below 64. */
export function lsh64(r: Int32Array, d: number, n: number): void {
  if (n === 0) return;
  const lo = r[d]!;
  if (n >= 32) {
    r[d + 1] = lo << (n - 32);
    r[d] = 0;
  } else {
    r[d + 1] = (r[d + 1]! << n) | (lo >>> (32 - n));
    r[d] = lo << n;
  }
}

/** dst >>= n without sign, with n below 64. */
export function rsh64(r: Int32Array, d: number, n: number): void {
  if (n === 0) return;
  const hi = r[d + 1]!;
  if (n >= 32) {
    r[d] = hi >>> (n - 32);
    r[d + 1] = 0;
  } else {
    r[d] = (r[d]! >>> n) | (hi << (32 - n));
    r[d + 1] = hi >>> n;
  }
}

/** dst >>= n with sign, with n below 64. */
export function arsh64(r: Int32Array, d: number, n: number): void {
  if (n === 0) return;
  const hi = r[d + 1]!;
  if (n >= 32) {
    r[d] = hi >> (n - 32);
    r[d + 1] = hi >> 31;
  } else {
    r[d] = (r[d]! >>> n) | (hi << (32 - n));
    r[d + 1] = hi >> n;
  }
}

/** dst = (dst divided by, or modulo, (lo, hi)), unsigned; by zero: 0, or dst unchanged. */
export function divMod64(r: Int32Array, d: number, lo: number, hi: number, mod: boolean): void {
  if (lo === 0 && hi === 0) {
    if (!mod) r[d] = r[d + 1] = 0;
    return;
  }
  const dividendHi = r[d + 1]! >>> 0;
  const divisorHi = hi >>> 0;
  if (dividendHi < 0x20_0000 && divisorHi < 0x20_0000) {
    const dividend = dividendHi * 0x1_0000_0000 + (r[d]! >>> 0);
    const divisor = divisorHi * 0x1_0000_0000 + (lo >>> 0);
    const rest = dividend % divisor;
    set53(r, d, mod ? rest : (dividend - rest) / divisor);
    return;
  }
  const dividend = toU64(r[d]!, r[d + 1]!);
  const divisor = toU64(lo, hi);
  setU64(r, d, mod ? dividend % divisor : dividend / divisor);
}

/** dst = (dst divided by, or modulo, (lo, hi)), signed, truncated towards zero; by zero: 0, or dst unchanged. */
export function sdivMod64(r: Int32Array, d: number, lo: number, hi: number, mod: boolean): void {
  if (lo === 0 && hi === 0) {
    if (!mod) r[d] = r[d + 1] = 0;
    return;
  }
  const dividend = BigInt.asIntN(64, toU64(r[d]!, r[d + 1]!));
  const divisor = BigInt.asIntN(64, toU64(lo, hi));
  setU64(r, d, mod ? dividend % divisor : dividend / divisor);
}

/** 32-bit division and modulo; the high half of the result is zero. */
export function divMod32(r: Int32Array, d: number, value: number, mod: boolean, signed: boolean): void {
  const dividend = signed ? r[d]! : r[d]! >>> 0;
  const divisor = signed ? value : value >>> 0;
  // Division by zero gives 0; modulo by zero leaves the low half; both clear the high half.
  if (divisor === 0) r[d] = mod ? dividend : 0;
  else r[d] = mod ? dividend % divisor : Math.trunc(dividend / divisor) | 0;
  r[d + 1] = 0;
}

/** Reverses the low `bits` (16, 32, 64) of dst; the bits above become zero. */
export function swap(r: Int32Array, d: number, bits: number): void {
  const lo = r[d]!;
  if (bits === 16) {
    r[d] = ((lo & 0xff) << 8) | ((lo >>> 8) & 0xff);
    r[d + 1] = 0;
  } else if (bits === 32) {
    r[d] = swap32(lo);
    r[d + 1] = 0;
  } else {
    r[d] = swap32(r[d + 1]!);
    r[d + 1] = swap32(lo);
  }
}

/** Keeps the low `bits` (16, 32, 64) of dst. */
export function truncate(r: Int32Array, d: number, bits: number): void {
  if (bits === 64) return;
  if (bits === 16) r[d] = r[d]! & 0xffff;
  r[d + 1] = 0;
}

/** Kinds of the arithmetic that is not worth a case of its own; see `slowAlu`. */
export const SLOW_DIV = 0;
export const SLOW_MOD = 1;
export const SLOW_SDIV = 2;
export const SLOW_SMOD = 3;
export const SLOW_SWAP = 4;
export const SLOW_TRUNCATE = 5;
/** Flag: 64 bits wide. */
export const SLOW_WIDE = 8;

/** Arithmetic by kind: `SLOW_*`, with the operand or the number of bits in (lo, hi). */
export function slowAlu(r: Int32Array, kind: number, d: number, lo: number, hi: number): void {
  const what = kind & 7;
  if (what === SLOW_SWAP) swap(r, d, lo);
  else if (what === SLOW_TRUNCATE) truncate(r, d, lo);
  else if ((kind & SLOW_WIDE) === 0) divMod32(r, d, lo, (what & 1) === 1, what >= SLOW_SDIV);
  else if (what >= SLOW_SDIV) sdivMod64(r, d, lo, hi, (what & 1) === 1);
  else divMod64(r, d, lo, hi, (what & 1) === 1);
}

/** 64 bits from two halves. */
export function toU64(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function setU64(r: Int32Array, d: number, value: bigint): void {
  r[d] = Number(BigInt.asIntN(32, value));
  r[d + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

function set53(r: Int32Array, d: number, value: number): void {
  r[d] = value | 0;
  r[d + 1] = Math.floor(value / 0x1_0000_0000) | 0;
}

function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
