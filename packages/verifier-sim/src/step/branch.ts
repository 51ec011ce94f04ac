// Which way does a conditional jump go, and what is known on either side?
import {
  BPF_JCOND,
  BPF_JEQ,
  BPF_JMP,
  BPF_JNE,
  BPF_X,
  insnClass,
  insnOp,
  insnSrc,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { branchTaken, isConst, isConst32, isZero, refineBranch } from '../domain/index.ts';
import { printInsnState } from '../log/format-state.ts';
import { constOperand, EFAULT, EINVAL, ENOMEM, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { INSN_F_DST_REG_STACK, INSN_F_SRC_REG_STACK, pushJumpHistory } from '../state/history.ts';
import { isPacketPointer, mayBeNull, PTR_TO_BTF_ID, PTR_TO_PACKET_END, PTR_TO_STACK, SCALAR, withScalar } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { curRegs } from '../state/state.ts';
import type { LinkedReg, VerifierState } from '../state/state.ts';
import { checkSrcReg } from '../state/use.ts';
import { flipOp } from './flip.ts';
import { collectLinked, syncLinked } from './linked.ts';
import { learnSizes } from './learn-sizes.ts';
import { isNotNull, markNullness, withoutNull } from '../state/nullness.ts';
import { comparePacket, packetBranchTaken } from './packet-branch.ts';

function isPacketAny(reg: Reg): boolean {
  return isPacketPointer(reg) || reg.type === PTR_TO_PACKET_END;
}

/** Simulates a conditional jump (and may_goto). */
export function stepBranch(env: Env, insn: Insn): Errno {
  const op = insnOp(insn.code);
  if (op === BPF_JCOND) return stepMayGoto(env, insn);
  if (op > BPF_JCOND || op === 0) return reject(env, EINVAL, `invalid BPF_JMP/JMP32 opcode ${op.toString(16)}\n`);
  const { dst, src, imm } = insn;
  const is64 = insnClass(insn.code) === BPF_JMP;
  const fromReg = insnSrc(insn.code) === BPF_X;
  let err = checkSrcReg(env, dst);
  if (err !== 0) return err;
  let flags = 0;
  if (fromReg) {
    if (imm !== 0) return reject(env, EINVAL, 'BPF_JMP/JMP32 uses reserved fields\n');
    err = checkSrcReg(env, src);
    if (err !== 0) return err;
    if (getReg(env, src).type === PTR_TO_STACK) flags |= INSN_F_SRC_REG_STACK;
  } else if (src !== 0) {
    return reject(env, EINVAL, 'BPF_JMP/JMP32 uses reserved fields\n');
  }
  const dstReg = getReg(env, dst);
  const srcReg = fromReg ? getReg(env, src) : constOperand(env, imm);
  if (dstReg.type === PTR_TO_STACK) flags |= INSN_F_DST_REG_STACK;
  if (flags !== 0) err = pushJumpHistory(env, flags, undefined);
  if (err !== 0) return err;
  const taken = decide(env, op, is64, dstReg, srcReg);
  if (taken !== -1) {
    if (dstReg.type === SCALAR) err = env.engine.markChainPrecision(env, dst);
    if (fromReg && err === 0 && srcReg.type === SCALAR) err = env.engine.markChainPrecision(env, src);
    if (err !== 0) return err;
    if (env.log.verboseStates) printInsnState(env, env.cur, env.cur.curframe);
    env.insnIdx += 1 + (taken === 1 ? insn.off : 0);
    return 0;
  }
  return split(env, insn, op, is64, fromReg, dstReg, srcReg);
}

/** 1: the jump is taken; 0: not; -1: not known. */
function decide(env: Env, op: number, is64: boolean, a: Reg, b: Reg): 1 | 0 | -1 {
  if (is64 && isPacketAny(a) && isPacketAny(b)) return packetBranchTaken(op, a, b);
  if (a.type === SCALAR && b.type === SCALAR) {
    const { compareTwoRegisters, equalByRange } = env.profile.features;
    if (!compareTwoRegisters && !isKnown(b, is64)) return -1;
    if (!equalByRange && (op === BPF_JEQ || op === BPF_JNE) && !isKnown(a, is64)) return -1;
    return branchTaken(op, is64, a.scalar, b.scalar);
  }
  let ptr = a;
  let number = b;
  let by = op;
  if (!isKnown(b, is64)) {
    ptr = b;
    number = a;
    by = flipOp(op);
  }
  if (!isKnown(number, is64) || !isNotNull(ptr)) return -1;
  if (is64 ? !isZero(number.scalar) : number.scalar.valueLo !== 0) return -1;
  if (by === BPF_JEQ) return 0;
  return by === BPF_JNE ? 1 : -1;
}

function isKnown(reg: Reg, is64: boolean): boolean {
  return reg.type === SCALAR && (is64 ? isConst(reg.scalar) : isConst32(reg.scalar));
}

/** Both ways are possible: the jump is kept for later, the path goes on behind it. */
function split(env: Env, insn: Insn, op: number, is64: boolean, fromReg: boolean, dstReg: Reg, srcReg: Reg): Errno {
  const here = env.cur;
  const linked: LinkedReg[] = [];
  const srcLinked = fromReg && srcReg.type === SCALAR && srcReg.id !== 0;
  const dstLinked = dstReg.type === SCALAR && dstReg.id !== 0;
  if (srcLinked) collectLinked(env, here, srcReg.id, linked);
  if (dstLinked) collectLinked(env, here, dstReg.id, linked);
  const err = linked.length > 1 ? pushJumpHistory(env, 0, linked) : 0;
  if (err !== 0) return err;
  const other = env.engine.pushState(env, env.insnIdx + insn.off + 1, env.insnIdx);
  if (other === undefined) return EFAULT;
  const regs = curRegs(here);
  const otherRegs = curRegs(other);
  if (dstReg.type === SCALAR && srcReg.type === SCALAR) {
    const itself = fromReg && insn.src === insn.dst;
    const refined = refineBranch(op, is64, dstReg.scalar, itself ? undefined : srcReg.scalar);
    for (const message of refined.violations) {
      verbose(env, `${message}\n`);
      if (env.testInvariants) return EFAULT;
    }
    const known = isKnown(dstReg, is64) || isKnown(srcReg, is64);
    if (learnsBounds(env, known, op === BPF_JNE, op === BPF_JEQ)) refine(regs, insn, fromReg, refined.notTaken);
    if (learnsBounds(env, known, op === BPF_JEQ, op === BPF_JNE)) refine(otherRegs, insn, fromReg, refined.taken);
    learnSizes(insn, op, is64, fromReg, here, other);
  }
  // Collecting may have taken the id of one that is too many.
  if (srcLinked && (regs[insn.src] as Reg).id !== 0) {
    syncLinked(here, regs[insn.src] as Reg, linked);
    syncLinked(other, otherRegs[insn.src] as Reg, linked);
  }
  if (dstLinked && (regs[insn.dst] as Reg).id !== 0) {
    syncLinked(here, regs[insn.dst] as Reg, linked);
    syncLinked(other, otherRegs[insn.dst] as Reg, linked);
  }
  if (is64 && fromReg && env.profile.features.nullnessOfEquals) learnFromEqual(insn, op, here, other, dstReg, srcReg);
  if (is64) learnNullness(insn, op, fromReg, here, other, dstReg, srcReg);
  if (env.log.verboseStates) printInsnState(env, here, here.curframe);
  env.insnIdx++;
  return 0;
}

/** Whether the kernel learns from this outcome. Older ones learn nothing from `!=`, and of two unknown registers only that they are equal. */
function learnsBounds(env: Env, known: boolean, equal: boolean, notEqual: boolean): boolean {
  const { compareTwoRegisters, notEqualBounds } = env.profile.features;
  return (known || compareTwoRegisters || equal) && (!notEqual || notEqualBounds);
}

function refine(regs: Reg[], insn: Insn, fromReg: boolean, to: readonly [Reg['scalar'], Reg['scalar']]): void {
  regs[insn.dst] = withScalar(regs[insn.dst] as Reg, to[0]);
  if (fromReg) regs[insn.src] = withScalar(regs[insn.src] as Reg, to[1]);
}

/** What equals a pointer that is not null is not null. */
function learnFromEqual(insn: Insn, op: number, here: VerifierState, other: VerifierState, dstReg: Reg, srcReg: Reg): void {
  const equal = op === BPF_JEQ ? other : op === BPF_JNE ? here : undefined;
  const arePointers = dstReg.type !== SCALAR && srcReg.type !== SCALAR && dstReg.type !== PTR_TO_BTF_ID && srcReg.type !== PTR_TO_BTF_ID;
  if (equal === undefined || !arePointers || mayBeNull(dstReg) === mayBeNull(srcReg)) return;
  const regs = curRegs(equal);
  const regno = mayBeNull(srcReg) ? insn.src : insn.dst;
  regs[regno] = withoutNull(regs[regno] as Reg);
}

/** What a comparison says of pointers: null or not, how far the packet reaches. */
function learnNullness(insn: Insn, op: number, fromReg: boolean, here: VerifierState, other: VerifierState, dstReg: Reg, srcReg: Reg): void {
  if (!fromReg && insn.imm === 0 && (op === BPF_JEQ || op === BPF_JNE) && mayBeNull(dstReg)) {
    markNullness(here, insn.dst, op === BPF_JNE);
    markNullness(other, insn.dst, op === BPF_JEQ);
    return;
  }
  if (fromReg) comparePacket(op, insn, dstReg, srcReg, here, other);
}

function stepMayGoto(env: Env, insn: Insn): Errno {
  const { mayGotoNext } = env.profile.features;
  if (insn.code !== (BPF_JMP | BPF_JCOND) || insn.src !== 0 || insn.dst !== 0 || insn.imm !== 0 || (insn.off === 0 && !mayGotoNext)) {
    return reject(env, EINVAL, `invalid may_goto ${mayGotoNext ? '' : `off ${insn.off} `}imm ${insn.imm}\n`);
  }
  const { insnIdx } = env;
  // The path that leaves the loop is followed first; another iteration waits.
  const other = env.engine.pushState(env, insnIdx + 1, insnIdx);
  if (other === undefined) return ENOMEM;
  other.mayGotoDepth++;
  env.engine.widenLoop(env, insnIdx, other);
  env.insnIdx += insn.off + 1;
  return 0;
}
