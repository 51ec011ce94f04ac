// May this register be read, may it be written?
import { accessBytes, BPF_ALU, BPF_ALU64, BPF_END, BPF_JMP32, BPF_STX, insnClass, insnOp } from '@rootlet/insn';
import { EACCES, EINVAL, getReg, reject, scratchReg, setReg } from './env.ts';
import type { Env, Errno } from './env.ts';
import { NOT_INIT, REG_NOT_INIT, REG_UNKNOWN } from './reg.ts';
import { curFrame } from './state.ts';

const BPF_REG_FP = 10;
const [WORD_BYTES, WORD_BITS] = [8, 64];

/** The register is an operand: it must have been written. */
export function checkSrcReg(env: Env, regno: number): Errno {
  if (regno > BPF_REG_FP) return reject(env, EINVAL, `R${regno} is invalid\n`);
  scratchReg(env, regno);
  if (regno === 0) noteWholeRead(env);
  return getReg(env, regno).type === NOT_INIT ? reject(env, EACCES, `R${regno} !read_ok\n`) : 0;
}

/** R0 is an operand. Where it is of a compare-and-exchange of 32 bits, which leaves the upper half to chance, that must be cleared first. */
function noteWholeRead(env: Env): void {
  const frame = curFrame(env.cur);
  if (frame.exchangedAt < 0 || !isWhole(env)) return;
  const aux = env.aux[frame.exchangedAt];
  if (aux !== undefined) aux.upperHalfRead = true;
  frame.exchangedAt = -1;
}

/** Whether the instruction at hand takes operands of 64 bits. */
function isWhole(env: Env): boolean {
  const { insns } = env.input;
  const code = insns.code[env.insnIdx] as number;
  switch (insnClass(code)) {
    case BPF_JMP32:
      return false;
    case BPF_STX:
      return accessBytes(code) === WORD_BYTES;
    case BPF_ALU:
    case BPF_ALU64:
      return insnOp(code) === BPF_END ? insns.imm[env.insnIdx] === WORD_BITS : insnClass(code) === BPF_ALU64;
    default:
      return true;
  }
}

/** The register is the destination; its contents stay for the caller to replace. */
export function checkDstRegNoMark(env: Env, regno: number): Errno {
  if (regno > BPF_REG_FP) return reject(env, EINVAL, `R${regno} is invalid\n`);
  scratchReg(env, regno);
  if (regno === 0) curFrame(env.cur).exchangedAt = -1;
  return regno === BPF_REG_FP ? reject(env, EACCES, 'frame pointer is read only\n') : 0;
}

/** The register is the destination; it becomes any number. */
export function checkDstReg(env: Env, regno: number): Errno {
  const err = checkDstRegNoMark(env, regno);
  if (err === 0) setReg(env, regno, REG_UNKNOWN);
  return err;
}

/** R0 to R5 do not survive a call. */
export function clearCallerSaved(env: Env): void {
  for (let regno = 0; regno <= 5; regno++) {
    setReg(env, regno, REG_NOT_INIT);
    checkDstRegNoMark(env, regno);
  }
}
