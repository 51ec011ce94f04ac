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
import { addBounds, mulBounds, subBounds } from './arithmetic.ts';
import { andBounds, orBounds, xorBounds } from './bitwise.ts';
import { signExtend, truncate32, zeroExtendDraft } from './cast.ts';
import { draftOf, isConst, isConst32, SCALAR_UNKNOWN, scalarConst } from './scalar.ts';
import type { Draft, Scalar } from './scalar.ts';
import { arshBounds, lshBounds, rshBounds } from './shift.ts';
import { sync } from './sync.ts';
import { tnumNeg } from './tnum.ts';

/** The known amount of a shift, when it is less than the width; a 32-bit shift looks at the whole source, too. */
function shiftAmount(src: Scalar, is64: boolean): number | undefined {
  if (is64) return isConst(src) && src.umax < 64n ? Number(src.umin) : undefined;
  return isConst32(src) && src.umax < 32n ? src.u32min : undefined;
}

/** `d = -d`; views are not synced. */
function negBounds(d: Draft): void {
  const tnum = tnumNeg(d.tnum);
  const operand = draftOf(d);
  Object.assign(d, scalarConst(0n));
  subBounds(d, operand);
  d.tnum = tnum;
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
function constResult(op: number, a: bigint, b: bigint): bigint | undefined {
  switch (op) {
    case BPF_ADD:
      return a + b;
    case BPF_SUB:
      return a - b;
    case BPF_AND:
      return a & b;
    case BPF_OR:
      return a | b;
    case BPF_XOR:
      return a ^ b;
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
    const value = constResult(op, dst.tnum.value, src.tnum.value);
    if (value !== undefined) return scalarConst(is64 ? value : BigInt.asUintN(32, value));
  }
  const d = draftOf(dst);
  if (!apply(op, is64, d, src)) return SCALAR_UNKNOWN;
  if (!is64) zeroExtendDraft(d);
  return sync(d);
}
