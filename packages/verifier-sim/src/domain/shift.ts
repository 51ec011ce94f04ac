// Which numbers can a shifted number be? Shifts by an amount that is not known are not tracked.
import { boundsFromBits, boundsFromBits32 } from './sync.ts';
import { forget32, forget64, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './scalar.ts';
import type { Draft } from './scalar.ts';
import { tnumArsh, tnumLsh, tnumRsh, tnumSubreg } from './tnum.ts';

/** Low half of `d << by`. */
function lshLow(d: Draft, by: number): void {
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
  // A set bit would fall out at the top: nothing is known.
  if (by > 31 || d.u32max > 2 ** (31 - by)) {
    d.u32min = 0;
    d.u32max = U32_MAX;
  } else {
    d.u32min = (d.u32min << by) >>> 0;
    d.u32max = (d.u32max << by) >>> 0;
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
  const shift = BigInt(by);
  // The first half of a sign extension of the low half (<< 32, then s>> 32) keeps its signed bounds.
  d.smin = by === 32 ? BigInt(d.s32min) << 32n : S64_MIN;
  d.smax = by === 32 ? BigInt(d.s32max) << 32n : S64_MAX;
  if (d.umax > 1n << BigInt(63 - by)) {
    d.umin = 0n;
    d.umax = U64_MAX;
  } else {
    d.umin <<= shift;
    d.umax <<= shift;
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
  d.smin = S64_MIN;
  d.smax = S64_MAX;
  d.umin >>= BigInt(by);
  d.umax >>= BigInt(by);
  d.tnum = tnumRsh(d.tnum, by);
  forget32(d);
  boundsFromBits(d);
}

/** `d s>>= by`, copies of the sign coming in; views are not synced. */
export function arshBounds(d: Draft, by: number, is64: boolean): void {
  if (!is64) {
    d.s32min >>= by;
    d.s32max >>= by;
    d.u32min = 0;
    d.u32max = U32_MAX;
    d.tnum = tnumArsh(tnumSubreg(d.tnum), by, 32);
    forget64(d);
    boundsFromBits32(d);
    return;
  }
  d.smin >>= BigInt(by);
  d.smax >>= BigInt(by);
  d.umin = 0n;
  d.umax = U64_MAX;
  d.tnum = tnumArsh(d.tnum, by, 64);
  forget32(d);
  boundsFromBits(d);
}
