import { describe, expect, it } from '@jest/globals';
import {
  tnumAdd,
  tnumAnd,
  tnumArsh,
  tnumConst,
  tnumIn,
  tnumIntersect,
  tnumLsh,
  tnumMul,
  tnumNext,
  tnumOf,
  tnumOr,
  tnumRange,
  tnumRsh,
  tnumSub,
  tnumSwap,
  tnumUnion,
  tnumXor,
} from '../src/domain/tnum.ts';
import type { Tnum } from '../src/domain/tnum.ts';
import { highOf, lowOf, toUnsigned } from '../src/domain/words.ts';

const WIDTH = 3;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Every tnum of `WIDTH` bits, moved up by `shift`, with `rest` in the known bits below. */
function allTnums(shift: number): Tnum[] {
  const list: Tnum[] = [];
  for (let mask = 0; mask < 1 << WIDTH; mask++) {
    for (let value = 0; value < 1 << WIDTH; value++) {
      if ((mask & value) === 0) list.push(tnumOf(BigInt(value) << BigInt(shift), BigInt(mask) << BigInt(shift)));
    }
  }
  return list;
}

function members(t: Tnum): bigint[] {
  const list: bigint[] = [];
  for (let part = t.mask; ; part = (part - 1n) & t.mask) {
    list.push(t.value | part);
    if (part === 0n) return list.reverse();
  }
}

function contains(t: Tnum, value: bigint): boolean {
  return (u64(value) & ~t.mask) === t.value;
}

const BINARY: readonly (readonly [string, (a: Tnum, b: Tnum) => Tnum, (a: bigint, b: bigint) => bigint])[] = [
  ['+', tnumAdd, (a, b) => a + b],
  ['-', tnumSub, (a, b) => a - b],
  ['*', tnumMul, (a, b) => a * b],
  ['&', tnumAnd, (a, b) => a & b],
  ['|', tnumOr, (a, b) => a | b],
  ['^', tnumXor, (a, b) => a ^ b],
];

describe('tnum, by enumeration', () => {
  // Below, across the middle, and falling out at the top.
  describe.each([0, 30, 60])('%i bits up', (shift) => {
    const tnums = allTnums(shift);

    it.each(BINARY)('a %s b holds every outcome', (_name, op, concrete) => {
      for (const a of tnums) {
        for (const b of tnums) {
          const outcome = op(a, b);
          expect(outcome.value & outcome.mask).toBe(0n);
          for (const x of members(a)) for (const y of members(b)) if (!contains(outcome, concrete(x, y))) throw new Error(`${x} ${y}`);
        }
      }
    });

    it('byte swap holds every outcome', () => {
      for (const a of tnums) {
        for (const x of members(a)) {
          const swapped = u64(x).toString(16).padStart(16, '0').match(/../g)?.reverse().join('') ?? '';
          expect(contains(tnumSwap(a, 8), BigInt(`0x${swapped}`))).toBe(true);
        }
      }
    });

    it('shifts hold every outcome', () => {
      for (const a of tnums) {
        for (const by of [0, 1, 3, 31, 32, 63]) {
          for (const x of members(a)) {
            expect(contains(tnumLsh(a, by), u64(x << BigInt(by)))).toBe(true);
            expect(contains(tnumRsh(a, by), x >> BigInt(by))).toBe(true);
            expect(contains(tnumArsh(a, by, 64), u64(BigInt.asIntN(64, x) >> BigInt(by)))).toBe(true);
          }
        }
      }
    });

    it('sets: intersection, union and inclusion are those of the members', () => {
      for (const a of tnums) {
        for (const b of tnums) {
          const inA = new Set(members(a));
          const inB = new Set(members(b));
          const both = [...inA].filter((x) => inB.has(x));
          expect(tnumIn(a, b)).toBe([...inB].every((x) => inA.has(x)));
          if (both.length > 0) expect(members(tnumIntersect(a, b)).sort()).toEqual(both.sort());
          for (const x of [...inA, ...inB]) expect(contains(tnumUnion(a, b), x)).toBe(true);
        }
      }
    });

    it('the next member is the least greater one', () => {
      for (const a of tnums) {
        const list = members(a).sort((x, y) => (x < y ? -1 : 1));
        const last = list.at(-1) ?? 0n;
        for (let than = 0n; than < 1n << BigInt(WIDTH); than++) {
          for (const low of [0n, 1n]) {
            const start = u64((than << BigInt(shift)) | low);
            const next = tnumNext(a, { lo: lowOf(start), hi: highOf(start) });
            expect(toUnsigned(next.lo, next.hi)).toBe(list.find((x) => x > start) ?? last);
          }
        }
      }
    });
  });

  it('a range holds its numbers and is the smallest that does', () => {
    for (let min = 0n; min < 32n; min++) {
      for (let max = min; max < 32n; max++) {
        const t = tnumRange(min, max);
        for (let x = min; x <= max; x++) expect(contains(t, x)).toBe(true);
        const union = Array.from({ length: Number(max - min) + 1 }, (_, i) => tnumConst(min + BigInt(i))).reduce(tnumUnion);
        // Where the highest unknown bit is, all below are unknown, too.
        expect(t.mask.toString(2).length).toBe(union.mask.toString(2).length);
      }
    }
  });
});
