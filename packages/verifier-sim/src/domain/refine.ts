// What is known about two numbers once a comparison of them held, or did not?
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
import { findViolation } from './invariants.ts';
import { draftOf, forget32, forget64, isConst, isConst32, S32_MAX, S32_MIN } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { narrowS32, narrowS64, narrowU32, narrowU64, sync } from './sync.ts';
import { Tnum, tnumAnd, tnumIntersect, tnumOr, tnumWithSubreg } from './tnum.ts';
import { addHigh, bitLength, shlHigh, shlLow, subHigh } from './words.ts';

/** What a comparison says of both operands, one list per outcome: `[a, b]`. */
export interface Refined {
  readonly taken: readonly [Scalar, Scalar];
  readonly notTaken: readonly [Scalar, Scalar];
  /** Messages of contradictions, which are repaired already; nearly always empty. See `invariants.ts`. */
  readonly violations: readonly string[];
}

/** Complement of `BPF_JSET`: no common bit. Private to this file. */
const NO_COMMON_BIT = -1;

function complement(op: number): number {
  switch (op) {
    case BPF_JEQ:
      return BPF_JNE;
    case BPF_JNE:
      return BPF_JEQ;
    case BPF_JSET:
      return NO_COMMON_BIT;
    case BPF_JGT:
      return BPF_JLE;
    case BPF_JLE:
      return BPF_JGT;
    case BPF_JGE:
      return BPF_JLT;
    case BPF_JLT:
      return BPF_JGE;
    case BPF_JSGT:
      return BPF_JSLE;
    case BPF_JSLE:
      return BPF_JSGT;
    case BPF_JSGE:
      return BPF_JSLT;
    case BPF_JSLT:
      return BPF_JSGE;
    default:
      return bug(`refineBranch: operation 0x${op.toString(16)}`);
  }
}

function refineEqual(a: Draft, b: Draft, is64: boolean): void {
  if (is64) {
    narrowU64(a, b.uminLo, b.uminHi, b.umaxLo, b.umaxHi);
    narrowS64(a, b.sminLo, b.sminHi, b.smaxLo, b.smaxHi);
    narrowU64(b, a.uminLo, a.uminHi, a.umaxLo, a.umaxHi);
    narrowS64(b, a.sminLo, a.sminHi, a.smaxLo, a.smaxHi);
  } else {
    narrowU32(a, b.u32minBits, b.u32maxBits);
    narrowS32(a, b.s32min, b.s32max);
    narrowU32(b, a.u32minBits, a.u32maxBits);
    narrowS32(b, a.s32min, a.s32max);
  }
  const common = tnumIntersect(a.tnum, b.tnum);
  a.tnum = is64 ? common : tnumWithSubreg(a.tnum, common);
  b.tnum = is64 ? common : tnumWithSubreg(b.tnum, common);
}

/** Of two operands the one that is known, the second rather than the first; undefined when none is. */
function knownOperand(a: Draft, b: Draft, is64: boolean): Draft | undefined {
  const isKnown = is64 ? isConst : isConst32;
  if (isKnown(b)) return b;
  return isKnown(a) ? a : undefined;
}

/** A number that differs from an end of its range is not that end. */
function refineNotEqual(a: Draft, b: Draft, is64: boolean): void {
  const known = knownOperand(a, b, is64);
  if (known === undefined) return;
  const other = known === b ? a : b;
  const { valueLo: lo, valueHi: hi } = known;
  if (is64) {
    const nextLo = (lo + 1) | 0;
    const nextHi = addHigh(lo, hi, 1, 0);
    const prevLo = (lo - 1) | 0;
    const prevHi = subHigh(lo, hi, 1, 0);
    if (other.uminLo === lo && other.uminHi === hi) {
      other.uminLo = nextLo;
      other.uminHi = nextHi;
    }
    if (other.umaxLo === lo && other.umaxHi === hi) {
      other.umaxLo = prevLo;
      other.umaxHi = prevHi;
    }
    if (other.sminLo === lo && other.sminHi === hi) {
      other.sminLo = nextLo;
      other.sminHi = nextHi;
    }
    if (other.smaxLo === lo && other.smaxHi === hi) {
      other.smaxLo = prevLo;
      other.smaxHi = prevHi;
    }
  } else {
    if (other.u32minBits === lo) other.u32minBits = (lo + 1) | 0;
    if (other.u32maxBits === lo) other.u32maxBits = (lo - 1) | 0;
    if (other.s32min === lo) other.s32min = (lo + 1) | 0;
    if (other.s32max === lo) other.s32max = (lo - 1) | 0;
  }
}

/** A common bit with a power of two is that bit. */
function refineCommonBit(a: Draft, b: Draft, is64: boolean): void {
  const known = knownOperand(a, b, is64);
  if (known === undefined) return;
  const other = known === b ? a : b;
  const lo = known.valueLo;
  const hi = is64 ? known.valueHi : 0;
  const single = bitLength(lo, hi) - 1;
  if (single < 0 || lo !== shlLow(1, single) || hi !== shlHigh(1, 0, single)) return;
  other.tnum = tnumOr(other.tnum, new Tnum(lo, hi, 0, 0));
}

function refineNoCommonBit(a: Draft, b: Draft, is64: boolean): void {
  const known = knownOperand(a, b, is64);
  if (known === undefined) return;
  const other = known === b ? a : b;
  other.tnum = tnumAnd(other.tnum, new Tnum(~known.valueLo, is64 ? ~known.valueHi : -1, 0, 0));
  // The kernel starts over from the bits: the old bounds might contradict them.
  forget64(other);
  forget32(other);
}

/** `a <= b`, or `a < b` with `gap` 1, unsigned. */
function refineUnsigned(a: Draft, b: Draft, is64: boolean, gap: 0 | 1): void {
  if (is64) {
    narrowU64(a, 0, 0, (b.umaxLo - gap) | 0, subHigh(b.umaxLo, b.umaxHi, gap, 0));
    narrowU64(b, (a.uminLo + gap) | 0, addHigh(a.uminLo, a.uminHi, gap, 0), -1, -1);
  } else {
    narrowU32(a, 0, (b.u32maxBits - gap) | 0);
    narrowU32(b, (a.u32minBits + gap) | 0, -1);
  }
}

/** The same, signed. */
function refineSigned(a: Draft, b: Draft, is64: boolean, gap: 0 | 1): void {
  if (is64) {
    narrowS64(a, 0, S32_MIN, (b.smaxLo - gap) | 0, subHigh(b.smaxLo, b.smaxHi, gap, 0));
    narrowS64(b, (a.sminLo + gap) | 0, addHigh(a.sminLo, a.sminHi, gap, 0), -1, S32_MAX);
  } else {
    narrowS32(a, S32_MIN, (b.s32max - gap) | 0);
    narrowS32(b, (a.s32min + gap) | 0, S32_MAX);
  }
}

function refineHolds(op: number, a: Draft, b: Draft, is64: boolean): void {
  switch (op) {
    case BPF_JEQ:
      return refineEqual(a, b, is64);
    case BPF_JNE:
      return refineNotEqual(a, b, is64);
    case BPF_JSET:
      return refineCommonBit(a, b, is64);
    case NO_COMMON_BIT:
      return refineNoCommonBit(a, b, is64);
    case BPF_JLE:
      return refineUnsigned(a, b, is64, 0);
    case BPF_JLT:
      return refineUnsigned(a, b, is64, 1);
    case BPF_JGE:
      return refineUnsigned(b, a, is64, 0);
    case BPF_JGT:
      return refineUnsigned(b, a, is64, 1);
    case BPF_JSLE:
      return refineSigned(a, b, is64, 0);
    case BPF_JSLT:
      return refineSigned(a, b, is64, 1);
    case BPF_JSGE:
      return refineSigned(b, a, is64, 0);
    case BPF_JSGT:
      return refineSigned(b, a, is64, 1);
    default:
      return bug(`refineBranch: operation 0x${op.toString(16)}`);
  }
}

function outcome(op: number, is64: boolean, a: Scalar, b: Scalar | undefined, name: string, violations: string[]): readonly [Scalar, Scalar] {
  const left = draftOf(a);
  // A register compared with itself is both sides at once.
  const right = b === undefined ? left : draftOf(b);
  refineHolds(op, left, right, is64);
  const synced = sync(left);
  const second = b === undefined ? sync(draftOf(synced)) : sync(right);
  const first = b === undefined ? second : synced;
  const broken = findViolation(first, `${name}_reg1`);
  // A register on both sides was repaired as the first already.
  const brokenToo = findViolation(b === undefined ? (broken?.repaired ?? second) : second, `${name}_reg2`);
  if (broken !== undefined) violations.push(broken.message);
  if (brokenToo !== undefined) violations.push(brokenToo.message);
  const repaired = broken?.repaired ?? first;
  return [repaired, brokenToo?.repaired ?? (b === undefined ? repaired : second)];
}

/**
 * What both operands may be where `a op b` holds and where it does not. Only for comparisons that `branchTaken` leaves open.
 *
 * @param op `BPF_JEQ` … `BPF_JSLE`
 * @param is64 false: compares the low halves
 * @param b undefined: `a` is compared with itself
 */
export function refineBranch(op: number, is64: boolean, a: Scalar, b: Scalar | undefined): Refined {
  const violations: string[] = [];
  const taken = outcome(op, is64, a, b, 'true', violations);
  const notTaken = outcome(complement(op), is64, a, b, 'false', violations);
  return { taken, notTaken, violations };
}
