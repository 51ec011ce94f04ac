// What does the old packet load of classic BPF do?
import { BPF_ABS, BPF_DW, BPF_IND, insnMode, insnSize } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { checkPointerUnmoved } from '../mem/pointer-off.ts';
import { EINVAL, getReg, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { constReg, PTR_TO_CTX, REG_UNKNOWN } from '../state/reg.ts';
import { checkSrcReg, clearCallerSaved } from '../state/use.ts';
import { checkResourceLeak } from './exit.ts';
import { leaveFunction } from './leave.ts';

const CTX_REG = 6;

/** `r0 = *skb[…]`: the context stands in R6, a load outside of the packet ends the program, or the function with 0. */
export function stepLdAbs(env: Env, insn: Insn): Errno {
  if (!env.prog.ldAbs) return reject(env, EINVAL, 'BPF_LD_[ABS|IND] instructions not allowed for this program type\n');
  const mode = insnMode(insn.code);
  if (insn.dst !== 0 || insn.off !== 0 || insnSize(insn.code) === BPF_DW || (mode === BPF_ABS && insn.src !== 0)) {
    return reject(env, EINVAL, 'BPF_LD_[ABS|IND] uses reserved fields\n');
  }
  let err = checkSrcReg(env, CTX_REG);
  if (err !== 0) return err;
  err = checkResourceLeak(env, true, 'BPF_LD_[ABS|IND]');
  if (err !== 0) return err;
  if (getReg(env, CTX_REG).type !== PTR_TO_CTX) {
    return reject(env, EINVAL, 'at the time of BPF_LD_ABS|IND R6 != pointer to skb\n');
  }
  if (mode === BPF_IND) {
    err = checkSrcReg(env, insn.src);
    if (err !== 0) return err;
  }
  err = checkPointerUnmoved(env, getReg(env, CTX_REG), CTX_REG, false);
  if (err !== 0) return err;
  clearCallerSaved(env);
  setReg(env, 0, REG_UNKNOWN);
  return env.cur.curframe > 0 ? leaveFunction(env, constReg(0n), false) : 0;
}
