import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import {
  aluScalar,
  branchTaken,
  endScalar,
  forkScalar,
  refineBranch,
  SCALAR_UNKNOWN,
  scalarConst,
  scalarContains,
  scalarEquals,
  scalarFromBounds,
  scalarWithin,
  signExtend,
  truncate32,
  zeroExtend,
} from '../src/domain/index.ts';
import type { Scalar } from '../src/domain/index.ts';
import { countFacts, findDifferences, slotsOfHex } from './domain-replay.ts';

interface Recorded {
  readonly kernel: string;
  readonly programs: readonly { readonly insns: string; readonly log: string }[];
}

const recorded = JSON.parse(readFileSync(new URL(`file://${__dirname}/data/domain-6.18.json`), 'utf8')) as Recorded;

const ADD = 0x00;
const SUB = 0x10;
const MUL = 0x20;
const OR = 0x40;
const AND = 0x50;
const LSH = 0x60;
const RSH = 0x70;
const NEG = 0x80;
const XOR = 0xa0;
const ARSH = 0xc0;

const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);

/** What the processor computes. */
function concrete(op: number, is64: boolean, a: bigint, b: bigint): bigint {
  const bits = is64 ? 64 : 32;
  const by = b & BigInt(bits - 1);
  const unsigned = BigInt.asUintN(bits, a);
  const results: Record<number, bigint> = {
    [ADD]: a + b,
    [SUB]: a - b,
    [MUL]: a * b,
    [OR]: a | b,
    [AND]: a & b,
    [XOR]: a ^ b,
    [NEG]: -a,
    [LSH]: unsigned << by,
    [RSH]: unsigned >> by,
    [ARSH]: BigInt.asIntN(bits, a) >> by,
  };
  return BigInt.asUintN(bits, results[op] as bigint);
}

const COMPARISONS: Readonly<Record<number, (a: bigint, b: bigint, signed: (v: bigint) => bigint) => boolean>> = {
  0x10: (a, b) => a === b,
  0x50: (a, b) => a !== b,
  0x40: (a, b) => (a & b) !== 0n,
  0x20: (a, b) => a > b,
  0x30: (a, b) => a >= b,
  0xa0: (a, b) => a < b,
  0xb0: (a, b) => a <= b,
  0x60: (a, b, signed) => signed(a) > signed(b),
  0x70: (a, b, signed) => signed(a) >= signed(b),
  0xc0: (a, b, signed) => signed(a) < signed(b),
  0xd0: (a, b, signed) => signed(a) <= signed(b),
};

function holds(op: number, is64: boolean, a: bigint, b: bigint): boolean {
  const test = COMPARISONS[op];
  if (test === undefined) throw new Error(`0x${op.toString(16)}`);
  return is64 ? test(u64(a), u64(b), s64) : test(u32(a), u32(b), s32);
}

/** Numbers around every edge that the views have. */
const numbers: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.tuple(fc.constantFrom(0, 7, 8, 15, 16, 31, 32, 33, 62, 63, 64), fc.integer({ min: -3, max: 3 })).map(([bit, delta]) => u64((1n << BigInt(bit)) + BigInt(delta))),
  fc.bigInt({ min: -8n, max: 8n }).map(u64),
);

/** A scalar together with a number that is in it: what comparisons and arithmetic leave of "any number". */
const scalars: fc.Arbitrary<readonly [Scalar, bigint]> = fc
  .tuple(numbers, fc.array(fc.tuple(fc.constantFrom(...Object.keys(COMPARISONS).map(Number)), fc.boolean(), numbers), { maxLength: 4 }))
  .map(([value, steps]) => {
    let scalar = SCALAR_UNKNOWN;
    for (const [op, is64, other] of steps) {
      const right = scalarConst(is64 ? other : u32(other));
      const outcome = branchTaken(op, is64, scalar, right);
      const isTaken = holds(op, is64, value, other);
      if (outcome !== -1) expect(outcome).toBe(isTaken ? 1 : 0);
      else {
        const refined = refineBranch(op, is64, scalar, right);
        scalar = (isTaken ? refined.taken : refined.notTaken)[0];
      }
    }
    return [scalar, value] as const;
  });

describe("numbers as the kernel's log shows them", () => {
  it('is compared with a recording that has something in it', () => {
    expect(recorded.kernel).toBe('6.18');
    expect(recorded.programs.length).toBeGreaterThanOrEqual(100);
    expect(recorded.programs.reduce((sum, { log }) => sum + countFacts(log), 0)).toBeGreaterThan(5000);
  });

  it.each(recorded.programs.map(({ insns, log }, i) => [i, insns, log] as const))('program %i', (_i, insns, log) => {
    expect(findDifferences(slotsOfHex(insns), log)).toEqual([]);
  });

  it('finds a difference where there is one', () => {
    const program = recorded.programs[0];
    const log = program?.log.replace(/umax=/g, 'umax=7') ?? '';
    expect(findDifferences(slotsOfHex(program?.insns ?? ''), log)).not.toEqual([]);
  });
});

describe('soundness', () => {
  it('every scalar that comparisons leave holds the number that passed them', () => {
    fc.assert(fc.property(scalars, ([scalar, value]) => scalarContains(scalar, value)), { numRuns: 800 });
  });

  it('arithmetic holds every outcome', () => {
    const ops = fc.constantFrom(ADD, SUB, MUL, OR, AND, XOR, NEG);
    fc.assert(
      fc.property(ops, fc.boolean(), scalars, scalars, (op, is64, [a, x], [b, y]) =>
        scalarContains(aluScalar(op, is64, 0, a, b), concrete(op, is64, x, y)),
      ),
      { numRuns: 1500 },
    );
  });

  it('shifts by a known amount hold every outcome', () => {
    fc.assert(
      fc.property(fc.constantFrom(LSH, RSH, ARSH), fc.boolean(), scalars, fc.nat(63), (op, is64, [a, x], by) => {
        const amount = BigInt(is64 ? by : by & 31);
        return scalarContains(aluScalar(op, is64, 0, a, scalarConst(amount)), concrete(op, is64, x, amount));
      }),
      { numRuns: 800 },
    );
  });

  it('a fork loses no number', () => {
    fc.assert(
      fc.property(fc.constantFrom(AND, OR), scalars, numbers, (op, [a, x], other) => {
        const masked = aluScalar(ARSH, true, 0, a, scalarConst(63n));
        const fork = forkScalar(op, masked, scalarConst(other));
        const value = u64(s64(x) >> 63n);
        return fork === undefined || scalarContains(fork.now, value) || scalarContains(fork.later, value);
      }),
    );
  });

  it('casts hold every outcome', () => {
    fc.assert(
      fc.property(scalars, fc.constantFrom(1, 2, 4, 8), ([a, x], bytes) => {
        const bits = bytes * 8;
        if (!scalarContains(zeroExtend(a, bytes), BigInt.asUintN(bits, x))) return false;
        if (!scalarContains(truncate32(a), u32(x))) return false;
        if (bytes < 8 && !scalarContains(signExtend(a, bytes, true), u64(BigInt.asIntN(bits, x)))) return false;
        if (bytes < 4 && !scalarContains(signExtend(a, bytes, false), u32(BigInt.asIntN(bits, x)))) return false;
        if (bytes === 1) return true;
        const swapped = BigInt(`0x${BigInt.asUintN(bits, x).toString(16).padStart(bytes * 2, '0').match(/../g)?.reverse().join('') ?? '0'}`);
        return scalarContains(endScalar('swap', bits, a), swapped) && scalarContains(endScalar('le', bits, a), BigInt.asUintN(bits, x));
      }),
      { numRuns: 600 },
    );
  });

  it('comparisons of two unknown numbers are decided and refined rightly', () => {
    const ops = fc.constantFrom(...Object.keys(COMPARISONS).map(Number));
    fc.assert(
      fc.property(ops, fc.boolean(), scalars, scalars, (op, is64, [a, x], [b, y]) => {
        const isTaken = holds(op, is64, x, y);
        const outcome = branchTaken(op, is64, a, b);
        if (outcome !== -1) return outcome === (isTaken ? 1 : 0);
        const [left, right] = refineBranch(op, is64, a, b)[isTaken ? 'taken' : 'notTaken'];
        return scalarContains(left, x) && scalarContains(right, y);
      }),
      { numRuns: 1500 },
    );
  });

  it('bounds in one view reach the others', () => {
    const small = scalarFromBounds({ umax: 7n });
    expect(scalarContains(small, 8n)).toBe(false);
    expect(small.s32max).toBe(7);
    expect([small.tnum.value, small.tnum.mask]).toEqual([0n, 7n]);
    expect(scalarEquals(scalarFromBounds({ smin: 5n, smax: 5n }), scalarConst(5n))).toBe(true);
  });

  it('within is inclusion of every view', () => {
    const wide = scalarFromBounds({ umax: 100n });
    const narrow = scalarFromBounds({ umin: 3n, umax: 50n });
    expect(scalarWithin(wide, narrow)).toBe(true);
    expect(scalarWithin(narrow, wide)).toBe(false);
    fc.assert(fc.property(scalars, scalars, numbers, ([a], [b], x) => !scalarWithin(a, b) || !scalarContains(b, x) || scalarContains(a, x)));
  });
});
