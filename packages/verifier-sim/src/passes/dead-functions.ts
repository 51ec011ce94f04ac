// Does the program take the address of a function that nothing runs?
import { LD_IMM64 } from '@rootlet/insn';
import { EFAULT, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isPseudoFunc } from './calls.ts';
import { findSubprogAt } from './subprograms.ts';

/**
 * The kernel takes out what no path reached. The address of a function that went is that of the function behind it, and a riddle to
 * the kernel when there is none. Number of the instruction: as far as instructions are not replaced by several.
 */
export function checkDeadFunctions(env: Env): Errno {
  const { insns } = env.input;
  const isAlive = (no: number): boolean => env.aux[env.subprogs[no]?.start ?? 0]?.seen === true;
  const alive = env.subprogs.map((_, no) => no).filter(isAlive);
  const last = alive[alive.length - 1] ?? 0;
  if (alive.length < 2) return 0;
  for (let idx = 0; idx < insns.length; idx++) {
    if (env.aux[idx]?.seen === true && isPseudoFunc(env, idx)) {
      const target = findSubprogAt(env, idx + (insns.imm[idx] as number) + 1);
      if (target > last) return reject(env, EFAULT, `verifier bug: No program to jit at insn ${countReached(env)} (subprog < 0)\n`);
    }
    if (insns.code[idx] === LD_IMM64) idx++;
  }
  return 0;
}

/** Slots that stay; the second half of a wide load stays with the first. */
function countReached(env: Env): number {
  const { insns } = env.input;
  let count = 0;
  for (let idx = 0; idx < insns.length; idx++) {
    const wide = insns.code[idx] === LD_IMM64;
    if (env.aux[idx]?.seen === true) count += wide ? 2 : 1;
    if (wide) idx++;
  }
  return count;
}
