// Does the program take the address of a function that nothing runs?
import { LD_IMM64 } from '@rootlet/insn';
import { EFAULT, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isPseudoFunc } from '../passes/calls.ts';
import { translatedIndex } from './program.ts';
import type { Translation } from './program.ts';

/**
 * The kernel takes out what no path reached, run by run, and then jumps to the next instruction. What pointed into a run points as far
 * behind where the run began: to the function behind it, by luck, or to nothing, which is a riddle to the kernel. Its number is
 * counted in the translated program.
 */
export function checkDeadFunctions(env: Env, translation: Translation): Errno {
  const { insns } = env.input;
  const addresses: number[] = [];
  for (let idx = 0; idx < insns.length; idx++) {
    if (env.aux[idx]?.seen === true && isPseudoFunc(env, idx)) addresses.push(idx + (insns.imm[idx] as number) + 1);
    if (insns.code[idx] === LD_IMM64) idx++;
  }
  if (addresses.length === 0 || addresses.every((target) => env.aux[target]?.seen === true)) return 0;
  const { reached, appended } = translation;
  const starts = new Set(env.subprogs.map(({ start }) => firstKept(reached, start)).filter((start, no, all) => start < (all[no + 1] ?? insns.length)));
  // A single function is not looked at again.
  if (starts.size < 2 && appended === 0) return 0;
  for (const target of addresses) {
    const place = followRemoval(reached, target);
    if (starts.has(firstKept(reached, place))) continue;
    const behind = place >= insns.length ? place - insns.length + appended : 0;
    return reject(env, EFAULT, `verifier bug: No program to jit at insn ${translatedIndex(translation, place) + behind} (subprog < 0)\n`);
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
