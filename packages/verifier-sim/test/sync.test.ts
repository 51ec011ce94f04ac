import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Draft } from '../src/domain/scalar.ts';
import { sync } from '../src/domain/sync.ts';
import { tnumOf } from '../src/domain/tnum.ts';
import { highOf, lowOf } from '../src/domain/words.ts';
import { syncReference } from './sync-reference.ts';
import type { Views } from './sync-reference.ts';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function draftOfViews(views: Views): Draft {
  const d = new Draft();
  d.tnum = tnumOf(views.value, views.mask);
  for (const name of ['umin', 'umax', 'smin', 'smax'] as const) {
    d[`${name}Lo`] = lowOf(views[name]);
    d[`${name}Hi`] = highOf(views[name]);
  }
  d.u32min = Number(views.u32min);
  d.u32max = Number(views.u32max);
  d.s32min = Number(views.s32min);
  d.s32max = Number(views.s32max);
  return d;
}

function viewsOfDraft({ tnum, umin, umax, smin, smax, u32min, u32max, s32min, s32max }: Draft): Views {
  const low = { u32min: BigInt(u32min), u32max: BigInt(u32max), s32min: BigInt(s32min), s32max: BigInt(s32max) };
  return { value: tnum.value, mask: tnum.mask, umin, umax, smin, smax, ...low };
}

const edges = fc
  .tuple(fc.constantFrom(0, 3, 8, 31, 32, 33, 62, 63, 64), fc.integer({ min: -3, max: 3 }))
  .map(([bit, delta]) => u64((1n << BigInt(bit)) + BigInt(delta)));
const numbers = fc.oneof(edges, edges, fc.bigInt({ min: 0n, max: u64(-1n) }));

/** Ends of a range: any, which may contradict each other, or what says nothing. */
function range(bits: 32 | 64, signed: boolean): fc.Arbitrary<readonly [bigint, bigint]> {
  const cut = (value: bigint): bigint => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const all = signed ? ([-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] as const) : ([0n, (1n << BigInt(bits)) - 1n] as const);
  return fc.oneof(fc.constant(all), fc.tuple(numbers, numbers).map(([a, b]) => (cut(a) < cut(b) ? ([cut(a), cut(b)] as const) : ([cut(b), cut(a)] as const))), fc.tuple(numbers, numbers).map(([a, b]) => [cut(a), cut(b)] as const));
}

const views: fc.Arbitrary<Views> = fc
  .record({ bits: fc.tuple(numbers, numbers), isAny: fc.boolean(), u: range(64, false), s: range(64, true), u32: range(32, false), s32: range(32, true) })
  .map(({ bits: [value, mask], isAny, u, s, u32, s32 }) => {
    const known = isAny ? 0n : value & ~mask;
    const low = { u32min: u32[0], u32max: u32[1], s32min: s32[0], s32max: s32[1] };
    return { value: known, mask: isAny ? u64(-1n) : mask, umin: u[0], umax: u[1], smin: s[0], smax: s[1], ...low };
  });

describe('views of a number tell each other', () => {
  it('what they do in bigints', () => {
    fc.assert(
      fc.property(views, (before) => {
        expect(viewsOfDraft(sync(draftOfViews(before)))).toEqual(syncReference(before));
      }),
      { numRuns: 4000 },
    );
  });
});
