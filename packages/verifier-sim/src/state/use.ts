// May this register be read, may it be written?
import { EACCES, EINVAL, getReg, reject, scratchReg, setReg } from './env.ts';
import type { Env, Errno } from './env.ts';
import { NOT_INIT, REG_NOT_INIT, REG_UNKNOWN } from './reg.ts';

const BPF_REG_FP = 10;

/** The register is an operand: it must have been written. */
export function checkSrcReg(env: Env, regno: number): Errno {
  if (regno > BPF_REG_FP) return reject(env, EINVAL, `R${regno} is invalid\n`);
  scratchReg(env, regno);
  return getReg(env, regno).type === NOT_INIT ? reject(env, EACCES, `R${regno} !read_ok\n`) : 0;
}

/** The register is the destination; its contents stay for the caller to replace. */
export function checkDstRegNoMark(env: Env, regno: number): Errno {
  if (regno > BPF_REG_FP) return reject(env, EINVAL, `R${regno} is invalid\n`);
  scratchReg(env, regno);
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
