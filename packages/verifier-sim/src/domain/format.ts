// How does the kernel's log print a number, and the set of numbers a register may hold?
import { isConst, S32_MAX, S32_MIN } from './scalar.ts';
import type { Scalar } from './scalar.ts';

/** Numbers up to these are printed in decimal, others in hexadecimal. */
const MAX_DECIMAL_UNSIGNED = 0xffffn;
const MAX_DECIMAL_SIGNED = 0x7fffn;
const MIN_DECIMAL_SIGNED = -0x8000n;

/** `255`, `0x10000`. @param value unsigned 64-bit */
export function formatUnum(value: bigint): string {
  return value <= MAX_DECIMAL_UNSIGNED ? value.toString() : `0x${value.toString(16)}`;
}

/** `-1`, `0xffffffff80000000`. @param value signed 64-bit */
export function formatSnum(value: bigint): string {
  if (value >= MIN_DECIMAL_SIGNED && value <= MAX_DECIMAL_SIGNED) return value.toString();
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

const NAMES = { min: ['smin', 'umin', 'smin32', 'umin32'], max: ['smax', 'umax', 'smax32', 'umax32'] } as const;

/**
 * Signed 32-bit bounds are negative only while short; others count as their 32 bits, so they may equal unsigned ones. The high half,
 * that is: the low one is the bound's.
 */
function high32(value: number): number {
  return value >= -0x8000 ? value >> 31 : 0;
}

/** What the four bounds of one side are, in halves, and which of them say something; one for all, filled before each use. */
const low = /* @__PURE__ */ new Int32Array(4);
const high = /* @__PURE__ */ new Int32Array(4);
const tells = [false, false, false, false];

function setBound(i: number, lo: number, hi: number, isTrivial: boolean): void {
  low[i] = lo;
  high[i] = hi;
  tells[i] = !isTrivial;
}

/** Adds the parts of one side to `parts`, each at the place of its first name; equal bounds share a part. */
function formatSide(names: readonly string[], parts: (string | undefined)[], side: 0 | 1): void {
  for (let i = 0; i < 4; i++) {
    if (tells[i] !== true) continue;
    let text = names[i] as string;
    for (let j = i + 1; j < 4; j++) {
      if (tells[j] !== true || low[j] !== low[i] || high[j] !== high[i]) continue;
      // One of them signed: the same bits are the same number when it is not negative.
      if ((j - i) % 2 === 1 && (high[i] as number) < 0) continue;
      text += `=${names[j]}`;
      tells[j] = false;
    }
    // In the notation of the name that comes first: signed and unsigned take turns.
    parts[i * 2 + side] = `${text}=${i % 2 === 1 ? unsignedText(low[i] as number, high[i] as number) : signedText(low[i] as number, high[i] as number)}`;
  }
}

function unsignedText(lo: number, hi: number): string {
  return hi === 0 && lo >= 0 && lo <= 0xffff ? String(lo) : hexText(lo, hi);
}

function signedText(lo: number, hi: number): string {
  return hi === lo >> 31 && lo >= -0x8000 && lo <= 0x7fff ? String(lo) : hexText(lo, hi);
}

function hexText(lo: number, hi: number): string {
  const digits = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${digits}` : `0x${(hi >>> 0).toString(16)}${digits.padStart(8, '0')}`;
}

/**
 * The parts that describe a scalar that is not constant, e.g. `smin=smin32=0`, `smax=umax=smax32=umax32=255`,
 * `var_off=(0x0; 0xff)`: bounds that say nothing are left out, equal lower bounds share a part, and so do equal upper ones.
 */
export function formatScalarBounds(s: Scalar): string[] {
  const parts: (string | undefined)[] = [];
  setBound(0, s.sminLo, s.sminHi, s.sminLo === 0 && s.sminHi === S32_MIN);
  setBound(1, s.uminLo, s.uminHi, (s.uminLo | s.uminHi) === 0);
  setBound(2, s.s32min, high32(s.s32min), s.s32min === S32_MIN);
  setBound(3, s.u32minBits, 0, s.u32minBits === 0);
  formatSide(NAMES.min, parts, 0);
  setBound(0, s.smaxLo, s.smaxHi, s.smaxLo === -1 && s.smaxHi === S32_MAX);
  setBound(1, s.umaxLo, s.umaxHi, (s.umaxLo & s.umaxHi) === -1);
  setBound(2, s.s32max, high32(s.s32max), s.s32max === S32_MAX);
  setBound(3, s.u32maxBits, 0, s.u32maxBits === -1);
  formatSide(NAMES.max, parts, 1);
  const { valueLo, valueHi, maskLo, maskHi } = s;
  if ((maskLo & maskHi) !== -1) parts.push(`var_off=(${hexText(valueLo, valueHi)}; ${hexText(maskLo, maskHi)})`);
  return parts.filter((part) => part !== undefined);
}

/** `5`, `-1`, `0x100000000`: a scalar whose number is known. Others print their bounds. */
export function formatConst(s: Scalar): string {
  return isConst(s) ? signedText(s.valueLo, s.valueHi) : `scalar(${formatScalarBounds(s).join(',')})`;
}
