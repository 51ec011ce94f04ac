// How does the kernel's log print a number, and the set of numbers a register may hold?
import { isConst, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './scalar.ts';
import type { Scalar } from './scalar.ts';
import { formatTnum } from './tnum.ts';
import { toSigned } from './words.ts';

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

/**
 * One bound: its name, its value (signed for `smin` and `smax`), and whether it says nothing.
 * Signed 32-bit ones are negative only while short; others count as their 32 bits, so they may equal unsigned ones.
 */
type Bound = readonly [name: string, value: bigint, isTrivial: boolean];

function short32(value: number): bigint {
  return BigInt(value >= -0x8000 && value <= 0x7fff ? value : value >>> 0);
}

function lowerBounds(s: Scalar): readonly Bound[] {
  return [
    ['smin', s.smin, s.smin === S64_MIN],
    ['umin', s.umin, s.umin === 0n],
    ['smin32', short32(s.s32min), s.s32min === S32_MIN],
    ['umin32', BigInt(s.u32min), s.u32min === 0],
  ];
}

function upperBounds(s: Scalar): readonly Bound[] {
  return [
    ['smax', s.smax, s.smax === S64_MAX],
    ['umax', s.umax, s.umax === U64_MAX],
    ['smax32', short32(s.s32max), s.s32max === S32_MAX],
    ['umax32', BigInt(s.u32max), s.u32max === U32_MAX],
  ];
}

/** Text of a bound in the notation of the name that comes first. */
function formatBound(name: string, value: bigint): string {
  return name.startsWith('u') ? formatUnum(value) : formatSnum(value);
}

/** For each bound of one side the part that begins with it; undefined where it says nothing or an earlier part names it. */
function formatSide(bounds: readonly Bound[]): (string | undefined)[] {
  return bounds.map(([name, value, isTrivial], i) => {
    const isSame = ([, other, trivial]: Bound): boolean => !trivial && other === value;
    if (isTrivial || bounds.slice(0, i).some(isSame)) return undefined;
    const names = [name, ...bounds.slice(i + 1).filter(isSame).map(([other]) => other)];
    return `${names.join('=')}=${formatBound(name, value)}`;
  });
}

/**
 * The parts that describe a scalar that is not constant, e.g. `smin=smin32=0`, `smax=umax=smax32=umax32=255`,
 * `var_off=(0x0; 0xff)`: bounds that say nothing are left out, equal lower bounds share a part, and so do equal upper ones.
 */
export function formatScalarBounds(s: Scalar): string[] {
  const lower = formatSide(lowerBounds(s));
  const upper = formatSide(upperBounds(s));
  const parts = lower.flatMap((text, i) => [text, upper[i]]).filter((text) => text !== undefined);
  if ((s.maskLo & s.maskHi) !== -1) parts.push(`var_off=${formatTnum(s.tnum)}`);
  return parts;
}

/** `5`, `-1`, `0x100000000`: a scalar whose number is known. Others print their bounds. */
export function formatConst(s: Scalar): string {
  return isConst(s) ? formatSnum(toSigned(s.valueLo, s.valueHi)) : `scalar(${formatScalarBounds(s).join(',')})`;
}
