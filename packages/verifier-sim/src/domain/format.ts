// How does the kernel's log print a number, and the set of numbers a register may hold?
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './scalar.ts';
import type { Scalar } from './scalar.ts';
import { formatTnum, tnumIsConst } from './tnum.ts';

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

/** One bound: its name, its value, and whether it says nothing. */
type Bound = readonly [name: string, value: bigint, isTrivial: boolean];

function boundsOf(s: Scalar): readonly Bound[] {
  return [
    ['smin', s.smin, s.smin === S64_MIN],
    ['smax', s.smax, s.smax === S64_MAX],
    ['umin', s.umin, s.umin === 0n],
    ['umax', s.umax, s.umax === U64_MAX],
    ['smin32', BigInt(s.s32min), s.s32min === S32_MIN],
    ['smax32', BigInt(s.s32max), s.s32max === S32_MAX],
    ['umin32', BigInt(s.u32min), s.u32min === 0],
    ['umax32', BigInt(s.u32max), s.u32max === U32_MAX],
  ];
}

/**
 * The parts that describe a scalar that is not constant, e.g. `smin=smin32=0`, `smax=umax=smax32=umax32=255`,
 * `var_off=(0x0; 0xff)`: bounds that say nothing are left out, equal ones share a part, named in the order of first appearance.
 */
export function formatScalarBounds(s: Scalar): string[] {
  const parts: string[] = [];
  const left = boundsOf(s).filter(([, , isTrivial]) => !isTrivial);
  const done = new Set<string>();
  for (const [name, value] of left) {
    if (done.has(name)) continue;
    const bits = BigInt.asUintN(64, value);
    const same = left.filter(([other, v]) => !done.has(other) && BigInt.asUintN(64, v) === bits);
    for (const [other] of same) done.add(other);
    const names = same.map(([other]) => `${other}=`).join('');
    parts.push(names + (name.startsWith('s') ? formatSnum(value) : formatUnum(bits)));
  }
  if (!(s.tnum.mask === U64_MAX)) parts.push(`var_off=${formatTnum(s.tnum)}`);
  return parts;
}

/** `5`, `-1`, `0x100000000`: a scalar whose number is known. Others print their bounds. */
export function formatConst(s: Scalar): string {
  return tnumIsConst(s.tnum) ? formatSnum(BigInt.asIntN(64, s.tnum.value)) : `scalar(${formatScalarBounds(s).join(',')})`;
}
