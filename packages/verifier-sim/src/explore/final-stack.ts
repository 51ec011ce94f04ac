// How much stack does each function use in the end?
import { BPF_JCOND, BPF_JMP } from '@rootlet/insn';
import { isLoopInlined } from '../call/callbacks.ts';
import { throws } from '../passes/exception-callback.ts';
import type { Env } from '../state/env.ts';
import type { Subprogram } from '../passes/subprograms.ts';

/** Registers that an inlined `bpf_loop` saves. */
const LOOP_STACK = 24;
/** Counter, and time stamp, of `may_goto`. */
const COUNTER_STACK = 8;
const TIMED_STACK = 16;

/**
 * Bytes of stack, by function, once a program is accepted: functions that no path reached are gone, and `bpf_loop` and `may_goto` have become
 * instructions that keep something on the stack. The kernel sets no limit to that part.
 */
export function finalStackDepths(env: Env): number[] {
  const depths = env.subprogs.filter(({ start }) => env.aux[start]?.seen === true).map((subprog) => subprog.stackDepth + added(env, subprog));
  return throws(env) ? [...depths, 0] : depths;
}

function added(env: Env, subprog: Subprogram): number {
  const { insns } = env.input;
  let forLoops = 0;
  let forCounters = 0;
  for (let idx = subprog.start; idx < subprog.end; idx++) {
    const aux = env.aux[idx];
    if (aux?.seen !== true) continue;
    if (isLoopInlined(aux)) forLoops = LOOP_STACK;
    // One that jumps nowhere is taken out.
    if (insns.code[idx] === (BPF_JMP | BPF_JCOND) && insns.off[idx] !== 0) forCounters = env.profile.features.timedMayGoto ? TIMED_STACK : COUNTER_STACK;
  }
  return forLoops + forCounters;
}
