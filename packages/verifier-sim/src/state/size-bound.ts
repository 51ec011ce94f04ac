// How does a number relate to the size of a buffer (LINKING.md S9)?
//
// A function verified alone gets a buffer of unknown size and the size itself. Two facts are kept: how many elements there are at
// least on this path (`VerifierState.sizeMins`, raised by comparisons of the size with known numbers), and of single numbers that
// they lie below the size (`SizeBound`, set by comparisons of unknown numbers with the size, carried through `+ c`, `- c`, `<< c`,
// `>> c`, `* c` and copies, and lost by everything else).
import { BPF_ADD, BPF_LSH, BPF_MUL, BPF_RSH, BPF_SUB } from '@rootlet/insn';
import { constValue, fitsU32, isConst, isZero } from '../domain/index.ts';
import { changeReg } from './reg.ts';
import type { Reg, RegExtra, SizeBound } from './reg.ts';

/** Compilers cut numbers to 32 bits by shifting there and back. */
const MAX_SCALE = 2 ** 32;
const MAX_ADDEND = 0x10_0000;
const U64_MAX = (1n << 64n) - 1n;

/** Whether the extras of `old` hold for `cur`, too: what was known of sizes may be known better, the rest must be the same. */
export function isSizeSafe(old: Reg, cur: Reg): boolean {
  const a = old.extra;
  const b = cur.extra;
  if (a === b) return true;
  if (a?.sized !== undefined || b?.sized !== undefined) {
    if (a?.sized?.sizeSym !== b?.sized?.sizeSym || a?.sized?.elemSize !== b?.sized?.elemSize) return false;
    return implies(b?.sized?.offBound, a?.sized?.offBound);
  }
  return implies(b?.bound, a?.bound);
}

function implies(cur: SizeBound | undefined, old: SizeBound | undefined): boolean {
  if (old === undefined) return true;
  if (cur === undefined || cur.sizeSym !== old.sizeSym || (old.exact && !cur.exact) || (cur.low32 === true && old.low32 !== true)) return false;
  return cur.scale <= old.scale && cur.slack >= old.slack;
}

/** Whether every buffer has at least as many elements as before. */
export function areSizeMinsSafe(old: readonly number[], cur: readonly number[]): boolean {
  return old.every((least, sym) => (cur[sym] ?? 0) >= least);
}

/** The number with what it says of a size, or without. */
export function withBound(reg: Reg, bound: SizeBound | undefined): Reg {
  if (reg.extra === undefined && bound === undefined) return reg;
  return changeReg(reg, { extra: bound === undefined ? undefined : { bound } });
}

/** What remains of a bound after `dst op src`; only operations with a known number keep it, and only when nothing wraps. */
export function boundAfter(op: number, is64: boolean, dst: Reg, src: Reg): SizeBound | undefined {
  const bound = boundAfter64(op, dst, src);
  if (is64 || bound === undefined) return bound;
  // Cutting the result makes it smaller, never greater; but then it is not equal any more.
  if (!fitsU32(dst.scalar)) return undefined;
  return op === BPF_ADD || op === BPF_SUB ? bound : { ...bound, exact: false };
}

function boundAfter64(op: number, dst: Reg, src: Reg): SizeBound | undefined {
  const bound = dst.extra?.bound;
  if (bound === undefined || bound.low32 === true || !isConst(src.scalar)) return undefined;
  const by = BigInt.asIntN(64, constValue(src.scalar));
  if (by > BigInt(MAX_ADDEND) || by < -BigInt(MAX_ADDEND)) return undefined;
  const amount = Number(by);
  switch (op) {
    case BPF_ADD:
      return shifted(bound, dst, amount);
    case BPF_SUB:
      return shifted(bound, dst, -amount);
    case BPF_LSH:
      return amount >= 0 && amount <= 32 ? scaled(bound, dst, 2 ** amount) : undefined;
    case BPF_RSH:
      return amount >= 0 && amount <= 32 ? divided(bound, 2 ** amount) : undefined;
    case BPF_MUL:
      return amount > 0 ? scaled(bound, dst, amount) : undefined;
    default:
      return undefined;
  }
}

function shifted(bound: SizeBound, reg: Reg, by: number): SizeBound | undefined {
  // Below zero a number wraps, and is small no more.
  if (reg.scalar.smin + BigInt(by) < 0n || !fitsU32(reg.scalar)) return undefined;
  const slack = bound.slack - by;
  return slack < 0 || slack > MAX_SCALE ? undefined : { ...bound, slack };
}

function scaled(bound: SizeBound, reg: Reg, by: number): SizeBound | undefined {
  if (reg.scalar.umax * BigInt(by) > U64_MAX || bound.scale * by > MAX_SCALE || bound.slack * by > MAX_SCALE * MAX_ADDEND) return undefined;
  return { ...bound, scale: bound.scale * by, slack: bound.slack * by };
}

function divided(bound: SizeBound, by: number): SizeBound | undefined {
  if (bound.scale % by !== 0 || bound.slack % by !== 0) return undefined;
  return { ...bound, scale: bound.scale / by, slack: bound.slack / by };
}

/** Whether a number is the size itself. */
function isSize(bound: SizeBound | undefined): bound is SizeBound {
  return bound !== undefined && bound.exact && bound.low32 !== true && bound.scale === 1 && bound.slack === 0;
}

/** A pointer into a sized buffer whose variable offset was changed: by a number that is small enough, or (`by` undefined) by any. */
export function moveSized(moved: Reg, ptr: Reg, by: Reg | undefined): Reg {
  const sized = ptr.extra?.sized;
  if (sized === undefined) return moved;
  const first = isZero(ptr.scalar);
  const bound = by?.extra?.bound;
  const known = first && bound !== undefined && bound.low32 !== true && bound.sizeSym === sized.sizeSym ? bound : undefined;
  return changeReg(moved, { extra: { sized: { sizeSym: sized.sizeSym, elemSize: sized.elemSize, offBound: known } } });
}

/** The number cut to its low 32 bits: what was said of those is now said of the whole. */
export function truncatedBound(reg: Reg): RegExtra | undefined {
  const bound = reg.extra?.bound;
  if (bound === undefined || (bound.low32 !== true && !fitsU32(reg.scalar))) return undefined;
  return bound.low32 === true ? { bound: { ...bound, low32: false } } : reg.extra;
}

/**
 * What `a < b` or `a <= b` (unsigned; `low32`: the low halves, the size's other half being zero) teaches of `a` when `b` is a size.
 *
 * @returns `a` with its bound, or as it was
 */
export function learnBelow(a: Reg, b: Reg, strict: boolean, low32: boolean): Reg {
  const size = b.extra?.bound;
  if (!isSize(size) || a.extra?.bound?.exact === true) return a;
  const bound = { sizeSym: size.sizeSym, scale: 1, slack: strict ? 1 : 0, exact: false, low32 };
  const old = a.extra?.bound;
  if (old !== undefined && old.low32 !== true && old.sizeSym === bound.sizeSym && old.scale === 1 && old.slack >= bound.slack) return a;
  return withBound(a, bound);
}

/** The state's knowledge of a size after the register that holds it was refined. */
export function learnSizeMin(sizeMins: readonly number[], reg: Reg): readonly number[] {
  const bound = reg.extra?.bound;
  if (!isSize(bound)) return sizeMins;
  const least = Number(reg.scalar.umin);
  if (least <= (sizeMins[bound.sizeSym] ?? 0)) return sizeMins;
  const next: number[] = Array.from({ length: Math.max(sizeMins.length, bound.sizeSym + 1) }, (_, sym) => sizeMins[sym] ?? 0);
  next[bound.sizeSym] = least;
  return next;
}
