// What comes out of an arithmetic instruction on two numbers?
import {
  BPF_ADD,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_XOR,
} from '@rootlet/insn';
import { bug } from '@rootlet/bytes';
import { addBounds, mulBounds, offsetBounds, subBounds } from './arithmetic.ts';
import { andBounds, orBounds, xorBounds } from './bitwise.ts';
import { signExtend, truncate32, zeroExtendDraft } from './cast.ts';
import { draftOf, forget32, forget64, isConst, isConst32, SCALAR_UNKNOWN, scalarOfWords, setConst } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { arshBounds, lshBounds, rshBounds } from './shift.ts';
import { sync } from './sync.ts';
import { addHigh, subHigh } from './words.ts';

/** The known amount of a shift, when it is less than the width; a 32-bit shift looks at the whole source, too. */
function shiftAmount(src: Scalar, is64: boolean): number | undefined {
  const isKnown = is64 ? isConst(src) : isConst32(src);
  return isKnown && src.umaxHi === 0 && src.umaxLo >>> 0 < (is64 ? 64 : 32) ? src.u32min : undefined;
}

/** `d = -d`; views are not synced. */
function negBounds(d: Draft): void {
  const operand = draftOf(d);
  setConst(d, 0, 0);
  subBounds(d, operand);
}

function apply(op: number, is64: boolean, d: Draft, src: Scalar): boolean {
  switch (op) {
    case BPF_ADD:
      addBounds(d, src);
      return true;
    case BPF_SUB:
      subBounds(d, src);
      return true;
    case BPF_MUL:
      mulBounds(d, src);
      return true;
    case BPF_AND:
      andBounds(d, src);
      return true;
    case BPF_OR:
      orBounds(d, src);
      return true;
    case BPF_XOR:
      xorBounds(d, src);
      return true;
    case BPF_NEG:
      negBounds(d);
      return true;
    case BPF_LSH:
    case BPF_RSH:
    case BPF_ARSH: {
      const by = shiftAmount(src, is64);
      if (by === undefined) return false;
      (op === BPF_LSH ? lshBounds : op === BPF_RSH ? rshBounds : arshBounds)(d, by, is64);
      return true;
    }
    case BPF_DIV:
    case BPF_MOD:
      // Signed or not: the kernel does not track quotients and remainders.
      return false;
    default:
      return bug(`aluScalar: operation 0x${op.toString(16)}`);
  }
}

/** Of two known numbers: the commonest operations, which need no bounds. */
function constResult(op: number, is64: boolean, a: Scalar, b: Scalar): Scalar | undefined {
  const { valueLo: aLo, valueHi: aHi } = a;
  const { valueLo: bLo, valueHi: bHi } = b;
  switch (op) {
    case BPF_ADD:
      return scalarOfWords((aLo + bLo) | 0, is64 ? addHigh(aLo, aHi, bLo, bHi) : 0);
    case BPF_SUB:
      return scalarOfWords((aLo - bLo) | 0, is64 ? subHigh(aLo, aHi, bLo, bHi) : 0);
    case BPF_AND:
      return scalarOfWords(aLo & bLo, is64 ? aHi & bHi : 0);
    case BPF_OR:
      return scalarOfWords(aLo | bLo, is64 ? aHi | bHi : 0);
    case BPF_XOR:
      return scalarOfWords(aLo ^ bLo, is64 ? aHi ^ bHi : 0);
    default:
      return undefined;
  }
}

/**
 * The result of `dst op src`.
 *
 * @param op `BPF_ADD` … `BPF_ARSH`, `BPF_NEG` (source ignored), `BPF_MOV`
 * @param is64 false: the 32-bit class; the high half becomes zero
 * @param off the instruction's offset: 1 = signed for `DIV` and `MOD`; 8, 16 or 32 = bits to sign-extend for `MOV`
 */
export function aluScalar(op: number, is64: boolean, off: number, dst: Scalar, src: Scalar): Scalar {
  if (op === BPF_MOV) {
    if (off !== 0) return signExtend(src, off / 8, is64);
    return is64 ? src : truncate32(src);
  }
  if (isConst(dst) && isConst(src)) {
    const known = constResult(op, is64, dst, src);
    if (known !== undefined) return known;
  }
  const d = draftOf(dst);
  if (!apply(op, is64, d, src)) return SCALAR_UNKNOWN;
  if (!is64) zeroExtendDraft(d);
  return sync(d);
}

/** What the bits alone say. */
export function bitsOnly(s: Scalar): Scalar {
  const d = draftOf(s);
  forget64(d);
  forget32(d);
  return sync(d);
}

/**
 * The variable offset of a pointer to whose variable offset `ptr` a number was added, or (`minus`) from which it was subtracted.
 * Unlike a sum of numbers it keeps no bounds that wrap.
 */
export function moveOffset(ptr: Scalar, by: Scalar, minus: boolean): Scalar {
  const d = draftOf(ptr);
  offsetBounds(d, by, minus);
  forget32(d);
  return sync(d);
}
