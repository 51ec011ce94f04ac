// Which instructions of a program that was found good are still there in the end?
import { BPF_JA, BPF_JMP, isBranch, isMayGoto, LD_IMM64 } from '@rootlet/insn';
import type { Env } from '../state/env.ts';
import { jumpTarget, NO_FASTCALLS, subprogOf } from '../passes/subprograms.ts';

/** Slots that a path reached; the second half of a wide load goes with the first. */
export function reachedSlots(env: Env): boolean[] {
  const { insns } = env.input;
  const reached = env.aux.map(({ seen }) => seen);
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === LD_IMM64) {
      reached[idx + 1] = reached[idx] === true;
      idx++;
    }
  }
  return reached;
}

/** Of the slots that were reached, those that do something: jumps to the next instruction are taken out last, front to back. */
export function keptSlots(env: Env, reached: readonly boolean[]): boolean[] {
  const { insns } = env.input;
  const kept = reached.slice();
  for (let idx = 0; idx < insns.length; idx++) {
    if (kept[idx] !== true || !doesNothing(env, kept, idx)) continue;
    kept[idx] = false;
    // Of a `may_goto` the instruction before is looked at again.
    if (isMayGoto(insns, idx)) while (idx >= 0 && (kept[idx] !== true || isSecondHalf(env, idx))) idx--;
    if (kept[idx] === true) idx--;
  }
  return kept;
}

const isSecondHalf = (env: Env, idx: number): boolean => env.input.insns.code[idx] === 0;

function doesNothing(env: Env, kept: readonly boolean[], idx: number): boolean {
  const { insns } = env.input;
  if (env.aux[idx]?.isFastcall === true) return env.subprogs[subprogOf(env, idx)]?.fastcallOff !== NO_FASTCALLS;
  const isBranching = isBranch(insns, idx);
  if (insns.code[idx] !== (BPF_JMP | BPF_JA) && !isBranching) return false;
  const target = jumpTarget(env, idx);
  // A comparison that never jumps is none, and one that always does is a jump.
  if (isBranching && env.aux[target]?.seen === false) return true;
  const always = !isBranching || isMayGoto(insns, idx) || env.aux[idx + 1]?.seen === false;
  if (!always || target <= idx) return false;
  for (let between = idx + 1; between < target; between++) if (kept[between] === true) return false;
  return true;
}
