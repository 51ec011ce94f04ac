// Do the views of a number contradict each other?
//
// They can after a comparison that no number passes while no single view shows it. The kernel reports this as a bug of its own,
// forgets the bounds, keeps the bits and goes on.
import { draftOf, forget32, forget64, isConst, isConst32 } from './scalar.ts';
import type { Scalar } from './scalar.ts';
import { isBelow, isLess } from './words.ts';

/** A contradiction that was found. */
export interface Violation {
  /** The kernel's words, without a newline. */
  readonly message: string;
  /** What the kernel goes on with. */
  readonly repaired: Scalar;
}

/** The kernel's words for a contradiction; undefined when there is none. */
function findContradiction(s: Scalar): string | undefined {
  if (
    isBelow(s.umaxLo, s.umaxHi, s.uminLo, s.uminHi) ||
    isLess(s.smaxLo, s.smaxHi, s.sminLo, s.sminHi) ||
    s.u32min > s.u32max ||
    s.s32min > s.s32max
  ) {
    return 'range bounds violation';
  }
  if (isConst(s) && !isBoundedBy(s, s.valueLo, s.valueHi)) return 'const tnum out of sync with range bounds';
  if (isConst32(s)) {
    const { valueLo: value } = s;
    if (s.u32minBits !== value || s.u32maxBits !== value || s.s32min !== value || s.s32max !== value) {
      return 'const subreg tnum out of sync with range bounds';
    }
  }
  return undefined;
}

/** Whether all bounds of the whole number are one number. */
function isBoundedBy(s: Scalar, lo: number, hi: number): boolean {
  const isLow = s.uminLo === lo && s.umaxLo === lo && s.sminLo === lo && s.smaxLo === lo;
  return isLow && s.uminHi === hi && s.umaxHi === hi && s.sminHi === hi && s.smaxHi === hi;
}

function hex64(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/**
 * Checks one number.
 *
 * @param where what it is, as the kernel names it: `true_reg1` … `false_reg2`, `alu`
 * @returns undefined when nothing contradicts
 */
export function findViolation(s: Scalar, where: string): Violation | undefined {
  const what = findContradiction(s);
  if (what === undefined) return undefined;
  const views = [
    `u64=[${hex64(s.umin)}, ${hex64(s.umax)}]`,
    `s64=[${hex64(s.smin)}, ${hex64(s.smax)}]`,
    `u32=[${hex32(s.u32min)}, ${hex32(s.u32max)}]`,
    `s32=[${hex32(s.s32min)}, ${hex32(s.s32max)}]`,
    `var_off=(${hex64(s.tnum.value)}, ${hex64(s.tnum.mask)})`,
  ];
  const repaired = draftOf(s);
  forget64(repaired);
  forget32(repaired);
  return { message: `verifier bug: REG INVARIANTS VIOLATION (${where}): ${what} ${views.join(' ')}`, repaired };
}
