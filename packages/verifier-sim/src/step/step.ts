// What does this instruction do?
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ABS,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_EXIT,
  BPF_IMM,
  BPF_IND,
  BPF_JA,
  BPF_JMP,
  BPF_LD,
  BPF_LDX,
  BPF_ST,
  BPF_STX,
  BPF_JMP32,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
  LD_IMM64,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, InsnAux } from '../state/env.ts';
import { stepAlu } from './alu.ts';
import { stepAtomic } from './atomic.ts';
import { stepBranch } from './branch.ts';
import { stepCall } from './call.ts';
import { stepExit } from './exit.ts';
import { stepLdAbs } from './ld-abs.ts';
import { stepLdImm } from './ld-imm.ts';
import { STEP_NEXT } from './result.ts';
import { stepLoad, stepStore, stepStoreImm } from './load-store.ts';

/** Simulates the instruction at `env.insnIdx`. @returns `STEP_*`, or an errno */
export function stepInsn(env: Env): number {
  const { insnIdx } = env;
  const aux = env.aux[insnIdx] as InsnAux;
  const insn = (aux.insn ??= env.input.insns.at(insnIdx));
  aux.seen = true;
  switch (insnClass(insn.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return advance(env, stepAlu(env, insn));
    case BPF_LDX:
      return advance(env, stepLoad(env, insn));
    case BPF_STX:
      return advance(env, insnMode(insn.code) === BPF_ATOMIC ? stepAtomic(env, insn) : stepStore(env, insn));
    case BPF_ST:
      return advance(env, stepStoreImm(env, insn));
    case BPF_LD:
      return stepLd(env, insn);
    default:
      return stepJump(env, insn);
  }
}

function advance(env: Env, err: number): number {
  if (err === 0) env.insnIdx++;
  return err;
}

function stepLd(env: Env, insn: Insn): number {
  const mode = insnMode(insn.code);
  if (mode === BPF_ABS || mode === BPF_IND) return advance(env, stepLdAbs(env, insn));
  if (mode !== BPF_IMM) return reject(env, EINVAL, 'invalid BPF_LD mode\n');
  const err = stepLdImm(env, insn);
  if (err === 0) env.insnIdx += insn.code === LD_IMM64 ? 2 : 1;
  return err;
}

function stepJump(env: Env, insn: Insn): number {
  const { code } = insn;
  env.jmpsProcessed++;
  switch (insnOp(code)) {
    case BPF_CALL:
      return stepCall(env, insn);
    case BPF_EXIT:
      if (insnSrc(code) !== 0 || insn.imm !== 0 || insn.src !== 0 || insn.dst !== 0 || insnClass(code) === BPF_JMP32) {
        return reject(env, EINVAL, 'BPF_EXIT uses reserved fields\n');
      }
      return stepExit(env);
    case BPF_JA: {
      const narrow = insnClass(code) === BPF_JMP;
      if (insnSrc(code) !== 0 || insn.src !== 0 || insn.dst !== 0 || (narrow ? insn.imm !== 0 : insn.off !== 0)) {
        return reject(env, EINVAL, 'BPF_JA uses reserved fields\n');
      }
      env.insnIdx += 1 + (narrow ? insn.off : insn.imm);
      return STEP_NEXT;
    }
    default:
      return stepBranch(env, insn);
  }
}
