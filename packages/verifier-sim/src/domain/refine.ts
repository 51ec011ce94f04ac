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
import { constValue, draftOf, forget32, forget64, isConst, isConst32 } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { narrowS32, narrowS64, narrowU32, narrowU64, sync } from './sync.ts';
import { tnumAnd, tnumConst, tnumIntersect, tnumOr, tnumSubreg, tnumWithSubreg } from './tnum.ts';
import type { Tnum } from './tnum.ts';

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

/** Changes the low half's bits only, or all. */
function setBits(d: Draft, is64: boolean, tnum: Tnum): void {
  d.tnum = is64 ? tnum : tnumWithSubreg(d.tnum, tnum);
}

function bitsOf(d: Draft, is64: boolean): Tnum {
  return is64 ? d.tnum : tnumSubreg(d.tnum);
}

function refineEqual(a: Draft, b: Draft, is64: boolean): void {
  if (is64) {
    narrowU64(a, b.umin, b.umax);
    narrowS64(a, b.smin, b.smax);
    narrowU64(b, a.umin, a.umax);
    narrowS64(b, a.smin, a.smax);
  } else {
    narrowU32(a, b.u32min, b.u32max);
    narrowS32(a, b.s32min, b.s32max);
    narrowU32(b, a.u32min, a.u32max);
    narrowS32(b, a.s32min, a.s32max);
  }
  const common = tnumIntersect(bitsOf(a, is64), bitsOf(b, is64));
  setBits(a, is64, common);
  setBits(b, is64, common);
}

/** The known one of two operands and the other; undefined when none is known. */
function knownOperand(a: Draft, b: Draft, is64: boolean): { value: bigint; other: Draft } | undefined {
  const isKnown = is64 ? isConst : isConst32;
  const [known, other] = isKnown(b) ? [b, a] : [a, b];
  if (!isKnown(known)) return undefined;
  const value = constValue(known);
  return { value: is64 ? value : BigInt.asUintN(32, value), other };
}

/** A number that differs from an end of its range is not that end. */
function refineNotEqual(a: Draft, b: Draft, is64: boolean): void {
  const operands = knownOperand(a, b, is64);
  if (operands === undefined) return;
  const { value, other } = operands;
  if (is64) {
    const signed = BigInt.asIntN(64, value);
    if (other.umin === value) other.umin = BigInt.asUintN(64, value + 1n);
    if (other.umax === value) other.umax = BigInt.asUintN(64, value - 1n);
    if (other.smin === signed) other.smin = BigInt.asIntN(64, signed + 1n);
    if (other.smax === signed) other.smax = BigInt.asIntN(64, signed - 1n);
  } else {
    const low = Number(value);
    const signed = low | 0;
    if (other.u32min === low) other.u32min = (low + 1) >>> 0;
    if (other.u32max === low) other.u32max = (low - 1) >>> 0;
    if (other.s32min === signed) other.s32min = (signed + 1) | 0;
    if (other.s32max === signed) other.s32max = (signed - 1) | 0;
  }
}

/** A common bit with a power of two is that bit. */
function refineCommonBit(a: Draft, b: Draft, is64: boolean): void {
  const operands = knownOperand(a, b, is64);
  if (operands === undefined) return;
  const { value, other } = operands;
  if (value === 0n || (value & (value - 1n)) !== 0n) return;
  setBits(other, is64, tnumOr(bitsOf(other, is64), tnumConst(value)));
}

function refineNoCommonBit(a: Draft, b: Draft, is64: boolean): void {
  const operands = knownOperand(a, b, is64);
  if (operands === undefined) return;
  const { value, other } = operands;
  setBits(other, is64, tnumAnd(bitsOf(other, is64), tnumConst(~value)));
  // The kernel starts over from the bits: the old bounds might contradict them.
  forget64(other);
  forget32(other);
}

/** `a <= b`, or `a < b` with `gap` 1, unsigned. */
function refineUnsigned(a: Draft, b: Draft, is64: boolean, gap: 0 | 1): void {
  if (is64) {
    const step = BigInt(gap);
    const max = BigInt.asUintN(64, b.umax - step);
    if (max < a.umax) a.umax = max;
    const min = BigInt.asUintN(64, a.umin + step);
    if (min > b.umin) b.umin = min;
  } else {
    a.u32max = Math.min(a.u32max, (b.u32max - gap) >>> 0);
    b.u32min = Math.max(b.u32min, (a.u32min + gap) >>> 0);
  }
}

/** The same, signed. */
function refineSigned(a: Draft, b: Draft, is64: boolean, gap: 0 | 1): void {
  if (is64) {
    const step = BigInt(gap);
    const max = BigInt.asIntN(64, b.smax - step);
    if (max < a.smax) a.smax = max;
    const min = BigInt.asIntN(64, a.smin + step);
    if (min > b.smin) b.smin = min;
  } else {
    a.s32max = Math.min(a.s32max, (b.s32max - gap) | 0);
    b.s32min = Math.max(b.s32min, (a.s32min + gap) | 0);
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
