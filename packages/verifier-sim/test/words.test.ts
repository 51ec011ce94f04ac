import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addHigh, bitLength, highOf, isBelow, isLess, lowOf, onesHigh, onesLow, shlHigh, shlLow, shrHigh, shrLow, subHigh, toNumber, toSigned, toUnsigned } from '../src/domain/words.ts';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Numbers around every edge of both halves, and any. */
const EDGES = [0, 1, 8, 16, 31, 32, 33, 62, 63, 64].flatMap((bit) => [-2n, -1n, 0n, 1n, 2n].map((delta) => u64((1n << BigInt(bit)) + delta)));
const numbers = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));

/** Every pair of edges, then random pairs. */
function forPairs(check: (a: bigint, b: bigint) => void): void {
  for (const a of EDGES) for (const b of EDGES) check(a, b);
  fc.assert(fc.property(numbers, numbers, check), { numRuns: 1000 });
}

describe('64 bits in two halves, as bigints have it', () => {
  it('both halves make the number again, unsigned and signed', () => {
    forPairs((a) => {
      expect(toUnsigned(lowOf(a), highOf(a))).toBe(a);
      expect(toSigned(lowOf(a), highOf(a))).toBe(s64(a));
      expect(toUnsigned(lowOf(s64(a)), highOf(s64(a)))).toBe(a);
      expect(toNumber(lowOf(a), highOf(a))).toBe(Number(s64(a)));
      expect([lowOf(a), highOf(a)]).toEqual([lowOf(a) | 0, highOf(a) | 0]);
    });
  });

  it('compares', () => {
    forPairs((a, b) => {
      expect(isBelow(lowOf(a), highOf(a), lowOf(b), highOf(b))).toBe(a < b);
      expect(isLess(lowOf(a), highOf(a), lowOf(b), highOf(b))).toBe(s64(a) < s64(b));
    });
  });

  it('adds and subtracts', () => {
    forPairs((a, b) => {
      expect(toUnsigned((lowOf(a) + lowOf(b)) | 0, addHigh(lowOf(a), highOf(a), lowOf(b), highOf(b)))).toBe(u64(a + b));
      expect(toUnsigned((lowOf(a) - lowOf(b)) | 0, subHigh(lowOf(a), highOf(a), lowOf(b), highOf(b)))).toBe(u64(a - b));
    });
  });

  it('shifts by every amount', () => {
    for (let by = 0; by < 64; by++) {
      for (const a of EDGES) {
        const lo = lowOf(a);
        const hi = highOf(a);
        const sign = hi >> 31;
        expect(toUnsigned(shlLow(lo, by), shlHigh(lo, hi, by))).toBe(u64(a << BigInt(by)));
        expect(toUnsigned(shrLow(lo, hi, by, 0), shrHigh(hi, by, 0))).toBe(a >> BigInt(by));
        expect(toSigned(shrLow(lo, hi, by, sign), shrHigh(hi, by, sign))).toBe(s64(a) >> BigInt(by));
      }
    }
  });

  it('knows lengths and ones', () => {
    for (let bits = 0; bits <= 64; bits++) expect(toUnsigned(onesLow(bits), onesHigh(bits))).toBe((1n << BigInt(bits)) - 1n);
    forPairs((a) => {
      expect(bitLength(lowOf(a), highOf(a))).toBe(a === 0n ? 0 : a.toString(2).length);
    });
  });
});
