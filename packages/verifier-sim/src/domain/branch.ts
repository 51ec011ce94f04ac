// Is this comparison of two numbers decided?
import {
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
} from '@rootlet/insn';
import { bug } from '@rootlet/bytes';
import type { Scalar } from './scalar.ts';
import { tnumIsConst, tnumOverlap, tnumSubreg } from './tnum.ts';
import type { Tnum } from './tnum.ts';

/** 1: always taken; 0: never; -1: not known. */
export type Taken = 1 | 0 | -1;

/** The bounds that a comparison of the given width looks at. */
interface View<T extends number | bigint> {
  readonly umin: T;
  readonly umax: T;
  readonly smin: T;
  readonly smax: T;
}

function view32(s: Scalar): View<number> {
  return { umin: s.u32min, umax: s.u32max, smin: s.s32min, smax: s.s32max };
}

function isDisjoint<T extends number | bigint>(a: View<T>, b: View<T>): boolean {
  return a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin;
}

function isEqual(is64: boolean, a: Scalar, b: Scalar): Taken {
  const aBits = is64 ? a.tnum : tnumSubreg(a.tnum);
  const bBits = is64 ? b.tnum : tnumSubreg(b.tnum);
  if (tnumIsConst(aBits) && tnumIsConst(bBits)) return aBits.value === bBits.value ? 1 : 0;
  if (!tnumOverlap(aBits, bBits)) return 0;
  // Numbers that differ in their low halves differ.
  if (is64 && isDisjoint(a, b)) return 0;
  return isDisjoint(view32(a), view32(b)) ? 0 : -1;
}

function hasBit(a: Tnum, bits: bigint): Taken {
  if ((a.value & bits) !== 0n) return 1;
  return ((a.value | a.mask) & bits) === 0n ? 0 : -1;
}

function isBitSet(is64: boolean, a: Scalar, b: Scalar): Taken {
  const aBits = is64 ? a.tnum : tnumSubreg(a.tnum);
  const bBits = is64 ? b.tnum : tnumSubreg(b.tnum);
  if (tnumIsConst(bBits)) return hasBit(aBits, bBits.value);
  return tnumIsConst(aBits) ? hasBit(bBits, aBits.value) : -1;
}

/** `a > b` from the ends of both ranges. */
function isGreater<T extends number | bigint>(aMin: T, aMax: T, bMin: T, bMax: T): Taken {
  if (aMin > bMax) return 1;
  return aMax <= bMin ? 0 : -1;
}

/** `a >= b`. */
function isGreaterOrEqual<T extends number | bigint>(aMin: T, aMax: T, bMin: T, bMax: T): Taken {
  if (aMin >= bMax) return 1;
  return aMax < bMin ? 0 : -1;
}

function compare<T extends number | bigint>(op: number, a: View<T>, b: View<T>): Taken {
  switch (op) {
    case BPF_JGT:
      return isGreater(a.umin, a.umax, b.umin, b.umax);
    case BPF_JSGT:
      return isGreater(a.smin, a.smax, b.smin, b.smax);
    case BPF_JLT:
      return isGreater(b.umin, b.umax, a.umin, a.umax);
    case BPF_JSLT:
      return isGreater(b.smin, b.smax, a.smin, a.smax);
    case BPF_JGE:
      return isGreaterOrEqual(a.umin, a.umax, b.umin, b.umax);
    case BPF_JSGE:
      return isGreaterOrEqual(a.smin, a.smax, b.smin, b.smax);
    case BPF_JLE:
      return isGreaterOrEqual(b.umin, b.umax, a.umin, a.umax);
    case BPF_JSLE:
      return isGreaterOrEqual(b.smin, b.smax, a.smin, a.smax);
    default:
      return bug(`branchTaken: operation 0x${op.toString(16)}`);
  }
}

/**
 * Whether `a op b` holds for all numbers, for none, or for some.
 *
 * @param op `BPF_JEQ` … `BPF_JSLE`
 * @param is64 false: compares the low halves
 */
export function branchTaken(op: number, is64: boolean, a: Scalar, b: Scalar): Taken {
  switch (op) {
    case BPF_JEQ:
      return isEqual(is64, a, b);
    case BPF_JNE: {
      const equal = isEqual(is64, a, b);
      return equal === -1 ? -1 : equal === 1 ? 0 : 1;
    }
    case BPF_JSET:
      return isBitSet(is64, a, b);
    default:
      return is64 ? compare<bigint>(op, a, b) : compare(op, view32(a), view32(b));
  }
}
