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
import { isConst, isConst32 } from './scalar.ts';
import type { Scalar } from './scalar.ts';
import { isBelow, isLess } from './words.ts';

/** 1: always taken; 0: never; -1: not known. */
export type Taken = 1 | 0 | -1;

function isDisjoint64(a: Scalar, b: Scalar): boolean {
  return (
    isBelow(b.umaxLo, b.umaxHi, a.uminLo, a.uminHi) ||
    isBelow(a.umaxLo, a.umaxHi, b.uminLo, b.uminHi) ||
    isLess(b.smaxLo, b.smaxHi, a.sminLo, a.sminHi) ||
    isLess(a.smaxLo, a.smaxHi, b.sminLo, b.sminHi)
  );
}

function isDisjoint32(a: Scalar, b: Scalar): boolean {
  return a.u32min > b.u32max || a.u32max < b.u32min || a.s32min > b.s32max || a.s32max < b.s32min;
}

function isEqual(is64: boolean, a: Scalar, b: Scalar): Taken {
  const high = is64 ? -1 : 0;
  const unknown = a.maskLo | b.maskLo | ((a.maskHi | b.maskHi) & high);
  const differ = ((a.valueLo ^ b.valueLo) & ~(a.maskLo | b.maskLo)) | ((a.valueHi ^ b.valueHi) & ~(a.maskHi | b.maskHi) & high);
  if (differ !== 0) return 0;
  if (unknown === 0) return 1;
  // Numbers that differ in their low halves differ.
  if (is64 && isDisjoint64(a, b)) return 0;
  return isDisjoint32(a, b) ? 0 : -1;
}

/** Whether a number has one of some bits, in halves. */
function hasBit(a: Scalar, lo: number, hi: number): Taken {
  if (((a.valueLo & lo) | (a.valueHi & hi)) !== 0) return 1;
  return ((a.maskLo & lo) | (a.maskHi & hi)) === 0 ? 0 : -1;
}

function isBitSet(is64: boolean, a: Scalar, b: Scalar): Taken {
  const isKnown = is64 ? isConst : isConst32;
  if (isKnown(b)) return hasBit(a, b.valueLo, is64 ? b.valueHi : 0);
  return isKnown(a) ? hasBit(b, a.valueLo, is64 ? a.valueHi : 0) : -1;
}

/** `a > b`, unsigned (`or`: `a >= b`), from the ends of both ranges. */
function isAbove(is64: boolean, a: Scalar, b: Scalar, or: boolean): Taken {
  if (is64) {
    if (or ? !isBelow(a.uminLo, a.uminHi, b.umaxLo, b.umaxHi) : isBelow(b.umaxLo, b.umaxHi, a.uminLo, a.uminHi)) return 1;
    return (or ? isBelow(a.umaxLo, a.umaxHi, b.uminLo, b.uminHi) : !isBelow(b.uminLo, b.uminHi, a.umaxLo, a.umaxHi)) ? 0 : -1;
  }
  return fromEnds(a.u32min, a.u32max, b.u32min, b.u32max, or);
}

/** The same, signed. */
function isGreater(is64: boolean, a: Scalar, b: Scalar, or: boolean): Taken {
  if (is64) {
    if (or ? !isLess(a.sminLo, a.sminHi, b.smaxLo, b.smaxHi) : isLess(b.smaxLo, b.smaxHi, a.sminLo, a.sminHi)) return 1;
    return (or ? isLess(a.smaxLo, a.smaxHi, b.sminLo, b.sminHi) : !isLess(b.sminLo, b.sminHi, a.smaxLo, a.smaxHi)) ? 0 : -1;
  }
  return fromEnds(a.s32min, a.s32max, b.s32min, b.s32max, or);
}

function fromEnds(aMin: number, aMax: number, bMin: number, bMax: number, or: boolean): Taken {
  if (or ? aMin >= bMax : aMin > bMax) return 1;
  return (or ? aMax < bMin : aMax <= bMin) ? 0 : -1;
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
    case BPF_JGT:
      return isAbove(is64, a, b, false);
    case BPF_JLT:
      return isAbove(is64, b, a, false);
    case BPF_JGE:
      return isAbove(is64, a, b, true);
    case BPF_JLE:
      return isAbove(is64, b, a, true);
    case BPF_JSGT:
      return isGreater(is64, a, b, false);
    case BPF_JSLT:
      return isGreater(is64, b, a, false);
    case BPF_JSGE:
      return isGreater(is64, a, b, true);
    case BPF_JSLE:
      return isGreater(is64, b, a, true);
    default:
      return bug(`branchTaken: operation 0x${op.toString(16)}`);
  }
}
