// What happens at a call of a function of this program?
import type { Insn } from '@rootlet/insn';
import { printState } from '../log/format-state.ts';
import { findSubprogAt } from '../passes/subprograms.ts';
import type { Subprogram } from '../passes/subprograms.ts';
import { E2BIG, EFAULT, EINVAL, reject, scratchAll, setReg, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pointerReg, PTR_TO_STACK, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { createFrame, curFrame, MAX_CALL_FRAMES } from '../state/state.ts';
import type { Frame, VerifierState } from '../state/state.ts';
import { clearCallerSaved } from '../state/use.ts';
import { clearPacketPointers } from '../state/packet-pointers.ts';
import { isForbiddenRegion } from '../call/kfunc-regions.ts';
import { checkPrototypeArgs, compareWithPrototype } from '../call/prototype-args.ts';

/** Result of a call that goes on in the callee. */
export const CALL_ENTERED = 1;

/** Static functions are entered; global ones are trusted to keep their prototype's promise. */
export function callSubprogram(env: Env, insn: Insn): Errno {
  const subprogno = findSubprogAt(env, env.insnIdx + insn.imm + 1);
  const subprog = env.subprogs[subprogno];
  if (subprog === undefined) return reject(env, EFAULT, `verifier bug: no program starts at insn ${env.insnIdx + insn.imm + 1}\n`);
  return subprog.global ? callGlobal(env, subprogno, subprog) : callStatic(env, subprogno, subprog);
}

function callGlobal(env: Env, subprogno: number, subprog: Subprogram): Errno {
  const { btf } = env.input;
  const err = btf === undefined || subprog.unreliable ? EINVAL : checkPrototypeArgs(env, btf, subprog.btfId, true, true);
  if (env.cur.activeLocks > 0) {
    return reject(env, EINVAL, 'global function calls are not allowed while holding a lock,\nuse static function instead\n');
  }
  const { features } = env.profile;
  if (!features.globalsInRegions && env.cur.activePreemptLocks > 0) {
    return reject(env, EINVAL, 'global function calls are not allowed with preemption disabled,\nuse static function instead\n');
  }
  if (features.globalsInRegions && subprog.mightSleep && (!env.cur.inSleepable || isForbiddenRegion(env) !== undefined)) {
    const text = 'global functions that may sleep are not allowed in non-sleepable context,\ni.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context\n';
    return reject(env, EINVAL, text);
  }
  if (err !== 0) return reject(env, err, `Caller passes invalid args into func#${subprogno} ('${subprog.name}')\n`);
  verbose(env, `Func#${subprogno} ('${subprog.name}') is global and assumed valid.\n`);
  if ((subprog.changesPktData && features.packetEffects) || env.input.globalsMovePacket === true) clearPacketPointers(env.cur);
  subprog.called = true;
  clearCallerSaved(env);
  setReg(env, 0, REG_UNKNOWN);
  return 0;
}

function callStatic(env: Env, subprogno: number, subprog: Subprogram): Errno {
  const caller = curFrame(env.cur);
  compareWithPrototype(env, subprog);
  const err = enterFrame(env, env.cur, subprogno, (callee) => {
    for (let regno = 1; regno <= 5; regno++) callee.regs[regno] = caller.regs[regno] as Reg;
  });
  if (err !== 0) return err;
  scratchArgs(env, caller);
  env.insnIdx = subprog.start;
  env.liveStack.leave();
  if (env.log.verboseStates) {
    verbose(env, 'caller:\n');
    printState(env, env.cur, caller.frameno, true);
    verbose(env, 'callee:\n');
    printState(env, env.cur, env.cur.curframe, true);
  }
  return CALL_ENTERED;
}

/** R0 to R5 of the caller do not survive. */
function scratchArgs(env: Env, caller: Frame): void {
  const { cur } = env;
  const inner = cur.curframe;
  cur.curframe = caller.frameno;
  clearCallerSaved(env);
  cur.curframe = inner;
}

/**
 * Puts a new innermost frame on a state.
 *
 * @param setRegs gives the callee its arguments; the caller's are still there
 */
export function enterFrame(env: Env, state: VerifierState, subprogno: number, setRegs: (callee: Frame) => void): Errno {
  if (state.curframe + 1 >= MAX_CALL_FRAMES) {
    return reject(env, E2BIG, `the call stack of ${state.curframe + 2} frames is too deep\n`);
  }
  const callee = createFrame(env.insnIdx, state.curframe + 1, subprogno);
  callee.regs[10] = pointerReg(PTR_TO_STACK, { frameno: state.curframe + 1 });
  setRegs(callee);
  scratchAll(env);
  state.frames.push(callee);
  state.curframe++;
  return 0;
}
