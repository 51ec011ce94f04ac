// What do arithmetic and moves do to a register?
import { BPF_MAP_TYPE_ARENA } from '@rootlet/uapi';
import {
  BPF_ADD,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU64,
  BPF_ARSH,
  BPF_DIV,
  BPF_END,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_RSH,
  BPF_SUB,
  BPF_TO_BE,
  BPF_X,
  insnClass,
  insnOp,
  insnSrc,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { aluScalar, bitsOnly, constNumber, endScalar, forkScalar, isConst, isConst32, SCALAR_UNKNOWN, scalarConst, signExtend, truncate32 } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { constOperand, EACCES, EFAULT, EINVAL, getReg, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { assignScalarId, scalarWidth, withoutId } from '../state/ids.ts';
import { ARENA_POINTER, baseId, BPF_ADD_CONST32, BPF_ADD_CONST64, changeReg, PTR_TO_ARENA, REG_UNKNOWN, SCALAR, scalarReg, withIdOff, withScalar } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { checkOffsetKnown } from '../passes/insn-set.ts';
import { boundAfter, truncatedBound, withBound } from '../state/size-bound.ts';
import { checkDstReg, checkDstRegNoMark, checkSrcReg } from '../state/use.ts';
import { ALU_NAMES, addToPointer } from './pointer.ts';

/** Simulates an arithmetic instruction. */
export function stepAlu(env: Env, insn: Insn): Errno {
  const op = insnOp(insn.code);
  const known = checkOffsetKnown(env, insn);
  if (known !== 0) return known;
  if (op === BPF_END || op === BPF_NEG) return stepUnary(env, insn, op);
  if (op === BPF_MOV) return stepMov(env, insn);
  if (op > BPF_END) return reject(env, EINVAL, `invalid BPF_ALU opcode ${op.toString(16)}\n`);
  return stepBinary(env, insn, op);
}

function stepUnary(env: Env, insn: Insn, op: number): Errno {
  const { code, imm, off, src, dst } = insn;
  const is64 = insnClass(code) === BPF_ALU64;
  if (op === BPF_NEG) {
    if (insnSrc(code) !== 0 || src !== 0 || off !== 0 || imm !== 0) return reject(env, EINVAL, 'BPF_NEG uses reserved fields\n');
  } else if (src !== 0 || off !== 0 || (imm !== 16 && imm !== 32 && imm !== 64) || (is64 && insnSrc(code) !== 0)) {
    return reject(env, EINVAL, 'BPF_END uses reserved fields\n');
  }
  let err = checkSrcReg(env, dst);
  if (err !== 0) return err;
  const reg = getReg(env, dst);
  if (reg.type !== SCALAR) return checkDstReg(env, dst);
  err = checkDstRegNoMark(env, dst);
  if (err !== 0) return err;
  let scalar: Scalar;
  if (op === BPF_NEG) {
    scalar = env.profile.features.negationRange ? aluScalar(BPF_NEG, is64, 0, reg.scalar, reg.scalar) : SCALAR_UNKNOWN;
  } else if (!env.profile.features.byteSwaps) {
    scalar = SCALAR_UNKNOWN;
  } else {
    // On a little-endian machine nothing happens to the whole number, which stays linked.
    if (!is64 && insnSrc(code) !== BPF_TO_BE && imm === 64) return 0;
    const kind = is64 ? 'swap' : insnSrc(code) === BPF_TO_BE ? 'be' : 'le';
    scalar = endScalar(kind, imm, reg.scalar);
  }
  setReg(env, dst, scalarReg(scalar));
  return 0;
}

function stepMov(env: Env, insn: Insn): Errno {
  const { code, imm, off, src, dst } = insn;
  const is64 = insnClass(code) === BPF_ALU64;
  const fromReg = insnSrc(code) === BPF_X;
  if (fromReg) {
    if (is64 && off === BPF_ADDR_SPACE_CAST) {
      if (imm !== 1 && imm !== 0x10000) {
        return reject(env, EINVAL, 'addr_space_cast insn can only convert between address space 1 and 0\n');
      }
      if (!env.usedMaps.some(({ type }) => type === BPF_MAP_TYPE_ARENA)) {
        return reject(env, EINVAL, 'addr_space_cast insn can only be used in a program that has an associated arena\n');
      }
    }
    const isCast = is64 && off === BPF_ADDR_SPACE_CAST;
    const allowed = off === 0 || off === 8 || off === 16 || (is64 && off === 32);
    if (!isCast && (!allowed || imm !== 0)) return reject(env, EINVAL, 'BPF_MOV uses reserved fields\n');
    const err = checkSrcReg(env, src);
    if (err !== 0) return err;
  } else if (src !== 0 || off !== 0) {
    return reject(env, EINVAL, 'BPF_MOV uses reserved fields\n');
  }
  const err = checkDstRegNoMark(env, dst);
  if (err !== 0) return err;
  if (!fromReg) {
    setReg(env, dst, is64 || imm >= 0 ? constOperand(env, imm) : scalarReg(scalarConst(BigInt(imm >>> 0))));
  } else if (is64 && off === BPF_ADDR_SPACE_CAST) {
    setReg(env, dst, imm === 1 ? ARENA_POINTER : REG_UNKNOWN);
  } else {
    setReg(env, dst, movedReg(env, src, off, is64));
  }
  return 0;
}

/** What a register-to-register move yields; the source may get an id. */
function movedReg(env: Env, src: number, off: number, is64: boolean): Reg {
  const reg = getReg(env, src);
  if (is64 && off === 0) return assignScalarId(env, src);
  if (reg.type !== SCALAR) return is64 ? REG_UNKNOWN : scalarReg(truncate32(REG_UNKNOWN.scalar));
  if (off === 0) {
    const fits = scalarWidth(reg) <= 32;
    const from = fits ? assignScalarId(env, src) : withId0(reg);
    const cut = withScalar(from, truncate32(from.scalar));
    const extra = truncatedBound(reg);
    return cut.extra === extra ? cut : changeReg(cut, { extra });
  }
  const fits = reg.scalar.umax < 1n << BigInt(off - 1);
  const from = fits ? assignScalarId(env, src) : withId0(reg);
  const extended = withScalar(from, signExtend(from.scalar, off >> 3, is64));
  return fits || extended.extra === undefined ? extended : changeReg(extended, { extra: undefined });
}

function withId0(reg: Reg): Reg {
  return withoutId(reg);
}

function stepBinary(env: Env, insn: Insn, op: number): Errno {
  const { code, imm, off, src, dst } = insn;
  const is64 = insnClass(code) === BPF_ALU64;
  const fromReg = insnSrc(code) === BPF_X;
  const badOff = (off !== 0 && off !== 1) || (off === 1 && op !== BPF_MOD && op !== BPF_DIV);
  if ((fromReg ? imm !== 0 : src !== 0) || badOff) return reject(env, EINVAL, 'BPF_ALU uses reserved fields\n');
  let err = fromReg ? checkSrcReg(env, src) : 0;
  if (err === 0) err = checkSrcReg(env, dst);
  if (err !== 0) return err;
  if ((op === BPF_MOD || op === BPF_DIV) && !fromReg && imm === 0) return reject(env, EINVAL, 'div by zero\n');
  if ((op === BPF_LSH || op === BPF_RSH || op === BPF_ARSH) && !fromReg && (imm < 0 || imm >= (is64 ? 64 : 32))) {
    return reject(env, EINVAL, `invalid shift ${imm}\n`);
  }
  err = checkDstRegNoMark(env, dst);
  return err !== 0 ? err : combine(env, insn, op, is64, fromReg);
}

/** Pointers and numbers go different ways. */
function combine(env: Env, insn: Insn, op: number, is64: boolean, fromReg: boolean): Errno {
  const { dst, src, imm } = insn;
  const dstReg = getReg(env, dst);
  // Whatever is done to an address of the arena, only its low half counts.
  if (dstReg.type === PTR_TO_ARENA || (fromReg && getReg(env, src).type === PTR_TO_ARENA)) {
    setReg(env, dst, ARENA_POINTER);
    return 0;
  }
  if (!fromReg) {
    const operand = constOperand(env, imm);
    if (dstReg.type !== SCALAR) return addToPointer(env, insn, dstReg, operand, false);
    return combineNumbers(env, insn, op, is64, dstReg, operand);
  }
  const srcReg = getReg(env, src);
  if (srcReg.type !== SCALAR) {
    if (dstReg.type !== SCALAR) {
      if (op === BPF_SUB) {
        setReg(env, dst, REG_UNKNOWN);
        return 0;
      }
      return reject(env, EACCES, `R${dst} pointer ${ALU_NAMES.get(op)} pointer prohibited\n`);
    }
    const err = env.engine.markChainPrecision(env, dst);
    return err !== 0 ? err : addToPointer(env, insn, srcReg, dstReg, true);
  }
  if (dstReg.type !== SCALAR) {
    const err = env.engine.markChainPrecision(env, src);
    return err !== 0 ? err : addToPointer(env, insn, dstReg, srcReg, false);
  }
  if (dstReg.precise) {
    const err = env.engine.markChainPrecision(env, src);
    if (err !== 0) return err;
  }
  return combineNumbers(env, insn, op, is64, dstReg, getReg(env, src));
}

function combineNumbers(env: Env, insn: Insn, op: number, is64: boolean, dstReg: Reg, srcReg: Reg): Errno {
  let target = dstReg;
  const fork = forkScalar(op, dstReg.scalar, srcReg.scalar);
  if (fork !== undefined) {
    const other = env.engine.pushState(env, env.insnIdx, env.insnIdx);
    if (other === undefined) return EFAULT;
    const frame = other.frames[other.curframe];
    if (frame !== undefined) frame.regs[insn.dst] = withScalar(dstReg, fork.later);
    target = withScalar(dstReg, fork.now);
  }
  let scalar = aluScalar(op, is64, insn.off, target.scalar, srcReg.scalar);
  const signed = op === BPF_MUL && (isNegative(target.scalar, is64) || isNegative(srcReg.scalar, is64));
  if (signed && !env.profile.features.signedProducts) scalar = bitsOnly(scalar);
  const result = withBound(withScalar(target, scalar), boundAfter(op, is64, target, srcReg));
  setReg(env, insn.dst, linkedResult(result, insn, op, is64 ? 64 : 32, scalarWidth(target), srcReg));
  return 0;
}

/**
 * A number that differs by a known one from those with its id keeps the id, once; any other result is on its own.
 *
 * @param bits width of the operation
 * @param width bits that the number took before
 */
function linkedResult(result: Reg, insn: Insn, op: number, bits: 32 | 64, width: number, srcReg: Reg): Reg {
  const itself = insnSrc(insn.code) === BPF_X && insn.src === insn.dst;
  const known = bits === 64 ? isConst(srcReg.scalar) : isConst32(srcReg.scalar);
  if ((op !== BPF_ADD && op !== BPF_SUB) || result.id === 0 || !known || itself || width > bits) return withoutId(result);
  const value = bits === 64 ? constNumber(srcReg.scalar) : srcReg.scalar.valueLo;
  const delta = op === BPF_SUB ? -value : value;
  const fits = value === (value | 0) && delta <= 0x7fff_ffff;
  if (result.id !== baseId(result.id) || !fits) return withoutId(result);
  return withIdOff(result, result.id + (bits === 64 ? BPF_ADD_CONST64 : BPF_ADD_CONST32), delta | 0);
}

/** Whether the number may be negative, in the width of the operation. */
function isNegative(scalar: Scalar, is64: boolean): boolean {
  return (is64 ? scalar.sminHi : scalar.s32min) < 0;
}
