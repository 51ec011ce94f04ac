// What do the views of a number tell each other, in bigints? The rules of `src/domain/sync.ts` in the plainest words, to compare with.
import { tnumNext } from '../src/domain/tnum.ts';
import type { Tnum } from '../src/domain/tnum.ts';
import { highOf, lowOf, toUnsigned } from '../src/domain/words.ts';

/** All views of a number. */
export interface Views {
  value: bigint;
  mask: bigint;
  umin: bigint;
  umax: bigint;
  smin: bigint;
  smax: bigint;
  u32min: bigint;
  u32max: bigint;
  s32min: bigint;
  s32max: bigint;
}

const HIGH = 0xffff_ffff_0000_0000n;
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function narrow(d: Views, view: 'u' | 's' | 'u32' | 's32', min: bigint, max: bigint): void {
  d[`${view}min`] = greatest(d[`${view}min`], min);
  d[`${view}max`] = least(d[`${view}max`], max);
}

function setConst(d: Views, value: bigint): void {
  Object.assign(d, { value, mask: 0n, umin: value, umax: value, smin: s64(value), smax: s64(value) });
  Object.assign(d, { u32min: u32(value), u32max: u32(value), s32min: s32(value), s32max: s32(value) });
}

function next(d: Views, than: bigint): bigint {
  const bits: Pick<Tnum, 'valueLo' | 'valueHi' | 'maskLo' | 'maskHi'> = { valueLo: lowOf(d.value), valueHi: highOf(d.value), maskLo: lowOf(d.mask), maskHi: highOf(d.mask) };
  const found = tnumNext(bits as Tnum, { lo: lowOf(than), hi: highOf(than) });
  return toUnsigned(found.lo, found.hi);
}

function boundsFromBits(d: Views): void {
  const { value, mask } = d;
  const signs = { low: mask & 0x8000_0000n, whole: mask & (1n << 63n) };
  narrow(d, 's32', s32(value | signs.low), s32(value | (mask & ~signs.low)));
  narrow(d, 'u32', u32(value), u32(value | mask));
  narrow(d, 's', s64(value | signs.whole), s64(value | (mask & ~signs.whole)));
  narrow(d, 'u', value, value | mask);
  if (mask === 0n && d.umin === d.umax) return;
  const second = next(d, d.umin);
  if ((d.umin & ~mask) === value) {
    if (second > d.umax) setConst(d, d.umin);
  } else if (second === (value | mask) || (second <= d.umax && next(d, second) > d.umax)) {
    setConst(d, second);
  }
}

/** The bits that all numbers of a range share, added to what is known. */
function intersectRange(d: Views, min: bigint, max: bigint, keep: bigint): void {
  const differ = min ^ max;
  const free = (differ === 0n ? 0n : (1n << BigInt(differ.toString(2).length)) - 1n) | ~keep;
  if (u64(free) >> 63n === 1n && keep === u64(-1n)) return;
  d.mask &= u64(free);
  d.value = u64((d.value | (min & ~free)) & ~d.mask);
}

function deduce(d: Views): void {
  if (d.umin >> 32n === d.umax >> 32n) {
    narrow(d, 'u32', u32(d.umin), u32(d.umax));
    if (s32(d.umin) <= s32(d.umax)) narrow(d, 's32', s32(d.umin), s32(d.umax));
  }
  if (d.smin >> 32n === d.smax >> 32n) {
    if (u32(d.smin) <= u32(d.smax)) narrow(d, 'u32', u32(d.smin), u32(d.smax));
    if (s32(d.smin) <= s32(d.smax)) narrow(d, 's32', s32(d.smin), s32(d.smax));
  }
  for (const [min, max] of [[d.umin, d.umax], [d.smin, d.smax]] as const) {
    if (u32((min >> 32n) + 1n) === u32(max >> 32n) && s32(min) < 0n && s32(max) >= 0n) narrow(d, 's32', s32(min), s32(max));
  }
  if (s32(d.u32min) <= s32(d.u32max)) narrow(d, 's32', s32(d.u32min), s32(d.u32max));
  const [low, high] = [u32(d.s32min), u32(d.s32max)];
  if (low <= high) {
    narrow(d, 'u32', low, high);
  } else if (d.u32max < low) {
    d.s32min = s32(d.u32min);
    d.u32max = least(d.u32max, high);
  } else if (high < d.u32min) {
    d.s32max = s32(d.u32max);
    d.u32min = greatest(d.u32min, low);
  }
  if (s64(d.umin) <= s64(d.umax)) narrow(d, 's', s64(d.umin), s64(d.umax));
  const [first, last] = [u64(d.smin), u64(d.smax)];
  if (first <= last) {
    narrow(d, 'u', first, last);
  } else if (d.umax < first) {
    d.smin = s64(d.umin);
    d.umax = least(d.umax, last);
  } else if (last < d.umin) {
    d.smax = s64(d.umax);
    d.umin = greatest(d.umin, first);
  }
  narrow(d, 'u', (d.umin & HIGH) | d.u32min, (d.umax & HIGH) | d.u32max);
  narrow(d, 's', s64((u64(d.smin) & HIGH) | d.u32min), s64((u64(d.smax) & HIGH) | d.u32max));
  if (d.s32min < 0n || d.smin < -0x8000_0000n || d.smax > 0x7fff_ffffn) return;
  d.smin = d.umin = d.s32min;
  d.smax = d.s32max;
  d.umax = u64(d.smax);
  intersectRange(d, d.umin, d.umax, u64(-1n));
}

/** All views after they told each other what they know. */
export function syncReference(views: Views): Views {
  const d = { ...views };
  const { value } = d;
  const fits = value >= d.umin && value <= d.umax && s64(value) >= d.smin && s64(value) <= d.smax;
  const fitsLow = u32(value) >= d.u32min && u32(value) <= d.u32max && s32(value) >= d.s32min && s32(value) <= d.s32max;
  if (d.mask === 0n && fits && fitsLow) {
    setConst(d, value);
    return d;
  }
  boundsFromBits(d);
  for (let round = 0; round < 3; round++) deduce(d);
  intersectRange(d, d.umin, d.umax, u64(-1n));
  intersectRange(d, d.u32min, d.u32max, 0xffff_ffffn);
  boundsFromBits(d);
  return d;
}
