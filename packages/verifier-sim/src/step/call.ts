// Which kind of call is this?
import { BPF_JMP32, BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_PROG_CALL, insnClass, insnSrc } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { CALL_THREW, checkHelperCall, checkKfuncCall, checkResourceLeak } from '../call/index.ts';
import { BPF_FUNC_spin_unlock, BPF_FUNC_tail_call } from '@rootlet/uapi';
import { kfuncName } from '../passes/calls.ts';
import { EINVAL, knowsPrograms, reject, scratchReg } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { REG_UNKNOWN } from '../state/reg.ts';
import { worksUnderLock } from '../tables/kfuncs.ts';
import { callProgram } from './call-extern.ts';
import { CALL_ENTERED, callSubprogram } from './call-subprog.ts';
import { checkReturnCode } from './exit.ts';
import { leaveFunction } from './leave.ts';
import { STEP_EXIT } from './result.ts';

/** The program ends wherever it is; nothing may be held, and without a callback the number that was thrown is what it returns. */
function throwException(env: Env): number {
  const hasCallback = env.subprogs.some(({ isException }) => isException);
  let err = hasCallback ? 0 : checkReturnCode(env, 1);
  if (err === 0) err = checkResourceLeak(env, true, true, 'bpf_throw');
  return err !== 0 ? err : STEP_EXIT;
}

function isAllowedKfunc(env: Env): boolean {
  const name = kfuncName(env, env.insnIdx);
  return name !== undefined && worksUnderLock(name);
}

/** Simulates a call: of a helper, a function of this program, a kernel function, a function of another program. */
export function stepCall(env: Env, insn: Insn): number {
  const { code, src, off, dst, imm } = insn;
  const offUsed = src === BPF_PSEUDO_KFUNC_CALL || src === BPF_PSEUDO_PROG_CALL;
  if (insnSrc(code) !== 0 || (!offUsed && off !== 0) || src > (knowsPrograms(env) ? BPF_PSEUDO_PROG_CALL : BPF_PSEUDO_KFUNC_CALL) || dst !== 0 || insnClass(code) === BPF_JMP32) {
    return reject(env, EINVAL, 'BPF_CALL uses reserved fields\n');
  }
  const staticCall = src === BPF_PSEUDO_CALL && env.profile.features.callsUnderLock;
  if (env.cur.activeLocks > 0 && !staticCall && !(src === 0 && imm === BPF_FUNC_spin_unlock) && !isAllowedKfunc(env)) {
    return reject(env, EINVAL, 'function calls are not allowed while holding a lock\n');
  }
  let result: number;
  const { insnIdx } = env;
  if (src === BPF_PSEUDO_CALL) result = callSubprogram(env, insn);
  else if (src === BPF_PSEUDO_PROG_CALL) result = callProgram(env, insn);
  else if (src === BPF_PSEUDO_KFUNC_CALL) result = checkKfuncCall(env, insn);
  else result = checkHelperCall(env, insn, insnIdx);
  if (result === CALL_THREW) return throwException(env);
  if (result < 0) return result;
  scratchReg(env, 0);
  // A tail call that succeeds returns to the caller, with whatever the other program returned.
  const returns = src === 0 && imm === BPF_FUNC_tail_call && env.profile.features.tailCallReturns;
  if (returns && env.cur.curframe > 0) return leaveFunction(env, REG_UNKNOWN, true);
  // A static function was entered: that has moved on already.
  if (result !== CALL_ENTERED) env.insnIdx++;
  return 0;
}
