// Which numbers can a shifted number be? Shifts by an amount that is not known are not tracked.
import { boundsFromBits, boundsFromBits32 } from './sync.ts';
import { forget32, forget64, forgetSigned64, forgetUnsigned64, S32_MAX, S32_MIN } from './scalar.ts';
import type { Draft } from './scalar.ts';
import { tnumArsh, tnumLsh, tnumRsh, tnumSubreg } from './tnum.ts';
import { isBelow, shlHigh, shlLow, shrHigh, shrLow } from './words.ts';

/** Low half of `d << by`. */
function lshLow(d: Draft, by: number): void {
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
  // A set bit would fall out at the top: nothing is known.
  if (by > 31 || d.u32max > 2 ** (31 - by)) {
    d.u32minBits = 0;
    d.u32maxBits = -1;
  } else {
    d.u32minBits <<= by;
    d.u32maxBits <<= by;
  }
}

/** `d <<= by`; views are not synced. */
export function lshBounds(d: Draft, by: number, is64: boolean): void {
  if (!is64) {
    const low = tnumSubreg(d.tnum);
    lshLow(d, by);
    d.tnum = tnumLsh(low, by);
    forget64(d);
    boundsFromBits32(d);
    return;
  }
  forgetSigned64(d);
  if (by === 32) {
    // The first half of a sign extension of the low half (<< 32, then s>> 32) keeps its signed bounds.
    d.sminLo = d.smaxLo = 0;
    d.sminHi = d.s32min;
    d.smaxHi = d.s32max;
  }
  if (isBelow(shlLow(1, 63 - by), shlHigh(1, 0, 63 - by), d.umaxLo, d.umaxHi)) {
    forgetUnsigned64(d);
  } else {
    d.uminHi = shlHigh(d.uminLo, d.uminHi, by);
    d.uminLo = shlLow(d.uminLo, by);
    d.umaxHi = shlHigh(d.umaxLo, d.umaxHi, by);
    d.umaxLo = shlLow(d.umaxLo, by);
  }
  lshLow(d, by);
  d.tnum = tnumLsh(d.tnum, by);
  boundsFromBits(d);
}

/** `d >>= by`, zeros coming in; views are not synced. */
export function rshBounds(d: Draft, by: number, is64: boolean): void {
  if (!is64) {
    d.s32min = S32_MIN;
    d.s32max = S32_MAX;
    d.u32min >>>= by;
    d.u32max >>>= by;
    d.tnum = tnumRsh(tnumSubreg(d.tnum), by);
    forget64(d);
    boundsFromBits32(d);
    return;
  }
  forgetSigned64(d);
  d.uminLo = shrLow(d.uminLo, d.uminHi, by, 0);
  d.uminHi = shrHigh(d.uminHi, by, 0);
  d.umaxLo = shrLow(d.umaxLo, d.umaxHi, by, 0);
  d.umaxHi = shrHigh(d.umaxHi, by, 0);
  d.tnum = tnumRsh(d.tnum, by);
  forget32(d);
  boundsFromBits(d);
}

/** `d s>>= by`, copies of the sign coming in; views are not synced. */
export function arshBounds(d: Draft, by: number, is64: boolean): void {
  if (!is64) {
    d.s32min >>= by;
    d.s32max >>= by;
    d.u32minBits = 0;
    d.u32maxBits = -1;
    d.tnum = tnumArsh(tnumSubreg(d.tnum), by, 32);
    forget64(d);
    boundsFromBits32(d);
    return;
  }
  const minSign = d.sminHi >> 31;
  const maxSign = d.smaxHi >> 31;
  d.sminLo = shrLow(d.sminLo, d.sminHi, by, minSign);
  d.sminHi = shrHigh(d.sminHi, by, minSign);
  d.smaxLo = shrLow(d.smaxLo, d.smaxHi, by, maxSign);
  d.smaxHi = shrHigh(d.smaxHi, by, maxSign);
  forgetUnsigned64(d);
  d.tnum = tnumArsh(d.tnum, by, 64);
  forget32(d);
  boundsFromBits(d);
}
