// What does adding to a pointer yield, and which pointers may be added to?
import {
  BPF_ADD,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_LSH,
  BPF_MOD,
  BPF_MUL,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_XOR,
  insnClass,
  insnOp,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { constNumber, constValue, isConst, isZero, moveOffset } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { BPF_MAX_VAR_OFF } from '../passes/resolve.ts';
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, EINVAL, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  changeReg,
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  isPacketPointer,
  mayBeNull,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  PTR_TO_TP_BUFFER,
  PTR_UNTRUSTED,
  REG_UNKNOWN,
  withOff,
  withScalar,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { moveSized } from '../state/size-bound.ts';

/** Operators as messages write them. */
export const ALU_NAMES: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [BPF_ADD, '+='],
  [BPF_SUB, '-='],
  [BPF_MUL, '*='],
  [BPF_DIV, '/='],
  [BPF_OR, '|='],
  [BPF_AND, '&='],
  [BPF_LSH, '<<='],
  [BPF_RSH, '>>='],
  [BPF_MOD, '%='],
  [BPF_XOR, '^='],
  [BPF_ARSH, 's>>='],
]);

const S64_MIN = -(1n << 63n);

/** Kinds any number may be added to. */
const MOVABLE: ReadonlySet<number> = /* @__PURE__ */ new Set([
  PTR_TO_CTX,
  PTR_TO_MAP_VALUE,
  PTR_TO_MAP_KEY,
  PTR_TO_STACK,
  PTR_TO_PACKET_META,
  PTR_TO_PACKET,
  PTR_TO_TP_BUFFER,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TO_BUF,
  PTR_TO_FUNC,
  CONST_PTR_TO_DYNPTR,
]);

/** Whether the least number is small, and all is when it is the only one. */
function isSane(scalar: Scalar): boolean {
  const least = isConst(scalar) ? constNumber(scalar) : 0;
  const { sminLo, sminHi } = scalar;
  // Small numbers are their low half.
  const isSmall = sminHi === sminLo >> 31 && sminLo < BPF_MAX_VAR_OFF && sminLo > -BPF_MAX_VAR_OFF;
  return isSmall && least < BPF_MAX_VAR_OFF && least > -BPF_MAX_VAR_OFF;
}

/** Whether an offset (as number or as part of a pointer) is small enough to calculate with. */
function checkSaneOffset(env: Env, scalar: Scalar, fixedOff: number, ptr: Reg): boolean {
  if (isSane(scalar) && fixedOff < BPF_MAX_VAR_OFF && fixedOff > -BPF_MAX_VAR_OFF) return true;
  const max = BigInt(BPF_MAX_VAR_OFF);
  const kind = formatRegType(ptr.type, ptr.flags);
  if (isConst(scalar)) {
    const value = BigInt.asIntN(64, constValue(scalar));
    if (value >= max || value <= -max) {
      reject(env, EINVAL, `math between ${kind} pointer and ${value} is not allowed\n`);
      return false;
    }
  }
  if (fixedOff >= BPF_MAX_VAR_OFF || fixedOff <= -BPF_MAX_VAR_OFF) {
    reject(env, EINVAL, `${kind} pointer offset ${fixedOff} is not allowed\n`);
    return false;
  }
  if (scalar.smin === S64_MIN) {
    reject(env, EINVAL, `math between ${kind} pointer and register with unbounded min value is not allowed\n`);
    return false;
  }
  if (scalar.smin >= max || scalar.smin <= -max) {
    reject(env, EINVAL, `value ${scalar.smin} makes ${kind} pointer be out of bounds\n`);
    return false;
  }
  return true;
}

/**
 * `ptr op offset`, the result into the instruction's destination.
 *
 * @param reversed the destination is the number, the source the pointer
 */
export function addToPointer(env: Env, insn: Insn, ptr: Reg, offset: Reg, reversed: boolean): Errno {
  const { dst } = insn;
  const op = insnOp(insn.code);
  if (insnClass(insn.code) !== BPF_ALU64) {
    if (op === BPF_SUB) {
      setReg(env, dst, REG_UNKNOWN);
      return 0;
    }
    return reject(env, EACCES, `R${dst} 32-bit pointer arithmetic prohibited\n`);
  }
  if (mayBeNull(ptr)) {
    return reject(env, EACCES, `R${dst} pointer arithmetic on ${formatRegType(ptr.type, ptr.flags)} prohibited, null-check it first\n`);
  }
  if (ptr.type === PTR_TO_MEM && (ptr.flags & PTR_UNTRUSTED) !== 0) return 0;
  const known = isConst(offset.scalar);
  if (!MOVABLE.has(ptr.type)) {
    const mapPlusZero = isZero(offset.scalar) && op === BPF_ADD;
    const allowed = (ptr.type === PTR_TO_FLOW_KEYS && known) || ((ptr.type === PTR_TO_FLOW_KEYS || ptr.type === CONST_PTR_TO_MAP) && mapPlusZero);
    if (!allowed) return reject(env, EACCES, `R${dst} pointer arithmetic on ${formatRegType(ptr.type, ptr.flags)} prohibited\n`);
  }
  if (!checkSaneOffset(env, offset.scalar, offset.off, ptr) || !checkSaneOffset(env, ptr.scalar, ptr.off, ptr)) return EINVAL;
  let result: Reg;
  if (op === BPF_ADD) {
    result = plus(env, ptr, offset, known);
  } else if (op === BPF_SUB) {
    if (reversed) return reject(env, EACCES, `R${dst} tried to subtract pointer from scalar\n`);
    if (ptr.type === PTR_TO_STACK) return reject(env, EACCES, `R${dst} subtraction from stack pointer prohibited\n`);
    result = minus(env, ptr, offset, known);
  } else if (op === BPF_AND || op === BPF_OR || op === BPF_XOR) {
    return reject(env, EACCES, `R${dst} bitwise operator ${ALU_NAMES.get(op)} on pointer prohibited\n`);
  } else {
    return reject(env, EACCES, `R${dst} pointer arithmetic with ${ALU_NAMES.get(op)} operator prohibited\n`);
  }
  // The sum of a number and a pointer has of the pointer what it is, but neither its reference nor its frame.
  if (reversed && env.profile.features.bareSums) result = changeReg(result, { refObjId: 0, frameno: offset.frameno });
  setReg(env, dst, result);
  return checkSaneOffset(env, result.scalar, result.off, ptr) ? 0 : EINVAL;
}

/** A constant part of an offset that is still one. */
function fixedOff(off: number, by: number): number | undefined {
  const sum = off + by;
  return sum === (sum | 0) ? sum : undefined;
}

function plus(env: Env, ptr: Reg, offset: Reg, known: boolean): Reg {
  if (known) {
    const off = fixedOff(ptr.off, constNumber(offset.scalar));
    if (off !== undefined) return withOff(ptr, off);
  }
  const scalar = moveOffset(ptr.scalar, offset.scalar, false);
  if (!isPacketPointer(ptr)) return moveSized(withScalar(ptr, scalar), ptr, offset);
  return changeReg(ptr, { scalar, id: newId(env), range: 0 });
}

function minus(env: Env, ptr: Reg, offset: Reg, known: boolean): Reg {
  if (known) {
    const off = fixedOff(ptr.off, -constNumber(offset.scalar));
    if (off !== undefined) return withOff(ptr, off);
  }
  const scalar = moveOffset(ptr.scalar, offset.scalar, true);
  if (!isPacketPointer(ptr)) return moveSized(withScalar(ptr, scalar), ptr, undefined);
  const range = offset.scalar.sminHi < 0 ? 0 : ptr.range;
  return changeReg(ptr, { scalar, id: newId(env), range });
}
