// May the function end here?
import { checkReferenceLeak, checkResourceLeak as checkHeld } from '../call/index.ts';
import { formatRegType } from '../log/format-reg.ts';
import { formatTnum, tnumRange, TNUM_UNKNOWN } from '../domain/index.ts';
import { printState } from '../log/format-state.ts';
import { EACCES, EINVAL, ENOTSUPP, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_TO_STACK, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { curFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import { checkSrcReg } from '../state/use.ts';
import { STEP_EXIT, STEP_RETURN } from './result.ts';

/** Simulates an exit, from the main function or from one it called. */
export function stepExit(env: Env): number {
  const { cur } = env;
  const outermost = cur.curframe === 0;
  let err = checkResourceLeak(env, outermost, 'BPF_EXIT instruction in main prog');
  if (err !== 0) return err;
  if (!outermost) return returnToCaller(env);
  err = checkReturnCode(env, 0);
  return err !== 0 ? err : STEP_EXIT;
}

/** Nothing may be held that nobody can release any more. */
export function checkResourceLeak(env: Env, checkLock: boolean, what: string): Errno {
  const { cur } = env;
  const { features } = env.profile;
  if (!features.callsUnderLock && cur.activeLocks > 0) return reject(env, EINVAL, 'bpf_spin_unlock is missing\n');
  if (!features.leakText) {
    if (checkLock && cur.activeLocks > 0) return reject(env, EINVAL, 'bpf_spin_unlock is missing\n');
    const err = checkReferenceLeak(env);
    if (err !== 0) return err;
    if (checkLock && cur.activeRcuLocks > 0) return reject(env, EINVAL, 'bpf_rcu_read_unlock is missing\n');
    const held = cur.activePreemptLocks;
    if (checkLock && held > 0) return reject(env, EINVAL, `${held} bpf_preempt_enable${held === 1 ? ' is' : 's are'} missing\n`);
  }
  return checkHeld(env, false, checkLock, what);
}

/** `has smin=…`, or what is known of a number that should have been in a range. */
export function describeOutOfRange(env: Env, reg: Reg, range: readonly [bigint, bigint], where: string, name: string): void {
  const { smin, smax, tnum } = reg.scalar;
  if (!env.profile.features.returnRangeText) {
    const has = tnum.mask === TNUM_UNKNOWN.mask ? 'unknown scalar value' : `value ${formatTnum(tnum)}`;
    verbose(env, `${where} the register ${name} has ${has} should have been in ${formatTnum(tnumRange(range[0], range[1]))}\n`);
    return;
  }
  let text = `${where} the register ${name} has`;
  let unknown = true;
  if (smin > -(1n << 63n)) {
    text += ` smin=${smin}`;
    unknown = false;
  }
  if (smax < (1n << 63n) - 1n) {
    text += ` smax=${smax}`;
    unknown = false;
  }
  if (unknown) text += ' unknown scalar value';
  verbose(env, `${text} should have been in [${range[0]}, ${range[1]}]\n`);
}

/**
 * Whether the register may be what it is at the end of the main function.
 *
 * @param regno R0, or R1 where an exception ends the program
 */
export function checkReturnCode(env: Env, regno: number): Errno {
  // Exceptions end the program from any function: its first one tells what it may return.
  const frame = env.cur.frames[0] ?? curFrame(env.cur);
  const isProgram = frame.subprogno === 0 || frame.inExceptionCallback;
  if (isProgram && env.traced?.returns === 'unread') return 0;
  const err = checkSrcReg(env, regno);
  if (err !== 0) return err;
  const reg = getReg(env, regno);
  if (frame.inAsyncCallback) return enforceRange(env, regno, frame.callbackRet, 'At async callback return');
  if (!isProgram || env.input.library === true) {
    if (reg.type !== SCALAR) return reject(env, EINVAL, `At subprogram exit the register R${regno} is not a scalar value (${kind(reg)})\n`);
    return 0;
  }
  if (env.traced?.returns === 'refused') return reject(env, ENOTSUPP, '');
  const { attachType } = env;
  const range = env.traced?.range ?? (env.prog.checksReturn(attachType) ? env.prog.returnRange(attachType) : undefined);
  if (range === undefined) return 0;
  const refused = enforceRange(env, regno, range, 'At program exit');
  const note = env.traced?.rangeNote;
  return refused === 0 || note === undefined ? refused : reject(env, refused, note);
}

/** The number must be known well enough to lie in the range, and is precise from now on. */
function enforceRange(env: Env, regno: number, range: readonly [bigint, bigint], where: string): Errno {
  const reg = getReg(env, regno);
  if (reg.type !== SCALAR) return reject(env, EINVAL, `${where} the register R${regno} is not a known value (${kind(reg)})\n`);
  const marked = env.engine.markChainPrecision(env, regno);
  if (marked !== 0) return marked;
  if (reg.scalar.smin >= range[0] && reg.scalar.smax <= range[1]) return 0;
  describeOutOfRange(env, reg, range, where, `R${regno}`);
  return EINVAL;
}

function kind(reg: Reg): string {
  return formatRegType(reg.type, reg.flags);
}

/** Leaves the innermost function. */
export function returnToCaller(env: Env): number {
  const { cur } = env;
  const callee = curFrame(cur);
  env.liveStack.update(env);
  const r0 = callee.regs[0] as Reg;
  if (r0.type === PTR_TO_STACK) return reject(env, EINVAL, 'cannot return stack pointer to the caller\n');
  const caller = cur.frames[cur.curframe - 1] as Frame;
  if (callee.inCallback) {
    if (r0.type !== SCALAR) return reject(env, EACCES, 'R0 not a scalar value\n');
    const err = env.engine.markChainPrecision(env, 0);
    if (err !== 0) return err;
    if (r0.scalar.smin < callee.callbackRet[0] || r0.scalar.smax > callee.callbackRet[1]) {
      describeOutOfRange(env, r0, callee.callbackRet, 'At callback return', 'R0');
      return EINVAL;
    }
  } else {
    caller.regs[0] = r0;
    caller.exchangedAt = callee.exchangedAt;
  }
  env.insnIdx = callee.inCallback ? callee.callsite : callee.callsite + 1;
  if (env.log.verboseStates) {
    verbose(env, 'returning from callee:\n');
    printState(env, cur, callee.frameno, true);
    verbose(env, `to caller at ${env.insnIdx}:\n`);
    printState(env, cur, caller.frameno, true);
  }
  cur.frames.pop();
  cur.curframe--;
  env.liveStack.leave();
  if (callee.inCallback) env.engine.widenAfterCallback(env);
  return STEP_RETURN;
}
