// Does the program take the address of a function that nothing runs?
import { BPF_JA, BPF_JMP, isBranch, isMayGoto, LD_IMM64 } from '@rootlet/insn';
import { EFAULT, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isPseudoFunc, kfuncName } from './calls.ts';
import { jumpTarget } from './subprograms.ts';

/** Slots that the function takes which the kernel writes behind a program that throws. */
const WRITTEN_CALLBACK = 2;

/**
 * The kernel takes out what no path reached, run by run, and then jumps to the next instruction. What pointed into a run points as far
 * behind where the run began: to the function behind it, by luck, or to nothing, which is a riddle to the kernel. Number of the
 * instruction: as far as instructions are not replaced by several.
 */
export function checkDeadFunctions(env: Env): Errno {
  const { insns } = env.input;
  const addresses: number[] = [];
  for (let idx = 0; idx < insns.length; idx++) {
    if (env.aux[idx]?.seen === true && isPseudoFunc(env, idx)) addresses.push(idx + (insns.imm[idx] as number) + 1);
    if (insns.code[idx] === LD_IMM64) idx++;
  }
  if (addresses.length === 0 || addresses.every((target) => env.aux[target]?.seen === true)) return 0;
  const kept = reachedSlots(env);
  const written = throws(env) ? WRITTEN_CALLBACK : 0;
  const starts = new Set(env.subprogs.map(({ start }) => firstKept(kept, start)).filter((start, no, all) => start < (all[no + 1] ?? insns.length)));
  // A single function is not looked at again.
  if (starts.size < 2 && written === 0) return 0;
  for (const target of addresses) {
    const place = followRemoval(kept, target);
    if (starts.has(firstKept(kept, place))) continue;
    const left = countKept(env, kept, place) + Math.max(0, place - insns.length);
    return reject(env, EFAULT, `verifier bug: No program to jit at insn ${left + (place >= insns.length ? written : 0)} (subprog < 0)\n`);
  }
  return 0;
}

/** Where an instruction is found once the runs that are not kept are gone: an index as if nothing were, beyond the end perhaps. */
function followRemoval(kept: readonly boolean[], target: number): number {
  let place = target;
  while (kept[place] === false) {
    let first = place;
    while (kept[first - 1] === false) first--;
    let end = place;
    while (kept[end] === false) end++;
    place = end + (place - first);
  }
  return place;
}

function firstKept(kept: readonly boolean[], from: number): number {
  let idx = from;
  while (kept[idx] === false) idx++;
  return idx;
}

function countKept(env: Env, kept: readonly boolean[], end: number): number {
  let count = 0;
  for (let idx = 0; idx < Math.min(end, kept.length); idx++) if (kept[idx] === true && !jumpsNowhere(env, idx)) count++;
  return count;
}

/** Whether a jump is to the next instruction, or would be if it were taken, which it never is: those are taken out last. */
function jumpsNowhere(env: Env, idx: number): boolean {
  const { insns } = env.input;
  if (insns.code[idx] === (BPF_JMP | BPF_JA)) return insns.off[idx] === 0;
  if (isMayGoto(insns, idx) && insns.off[idx] === 0) return true;
  return isBranch(insns, idx) && env.aux[jumpTarget(env, idx)]?.seen === false;
}

/** Slots that a path reached; the second half of a wide load goes with the first. */
function reachedSlots(env: Env): boolean[] {
  const { insns } = env.input;
  const kept = env.aux.map(({ seen }) => seen);
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === LD_IMM64) {
      kept[idx + 1] = kept[idx] === true;
      idx++;
    }
  }
  return kept;
}

/** Whether a path throws, and the program has no callback of its own for it: the kernel writes one, a function behind all others. */
export function throws(env: Env): boolean {
  if (env.subprogs.some(({ isException }) => isException)) return false;
  for (let idx = 0; idx < env.input.insns.length; idx++) if (env.aux[idx]?.seen === true && kfuncName(env, idx) === 'bpf_throw') return true;
  return false;
}
