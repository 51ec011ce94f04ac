// Does the program take the address of a function that nothing runs?
import { LD_IMM64 } from '@rootlet/insn';
import { EFAULT, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isPseudoFunc, kfuncName } from './calls.ts';
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
  // A function that only throws is joined by the one that the kernel writes to be called then.
  const written = throws(env) ? WRITTEN_CALLBACK : 0;
  if (alive.length < 2 && written === 0) return 0;
  for (let idx = 0; idx < insns.length; idx++) {
    if (env.aux[idx]?.seen === true && isPseudoFunc(env, idx)) {
      const target = findSubprogAt(env, idx + (insns.imm[idx] as number) + 1);
      if (target > last) return reject(env, EFAULT, `verifier bug: No program to jit at insn ${countReached(env) + written} (subprog < 0)\n`);
    }
    if (insns.code[idx] === LD_IMM64) idx++;
  }
  return 0;
}

/** Slots that the callback takes which the kernel writes. */
const WRITTEN_CALLBACK = 4;

/** Whether a path throws, and the program has no callback of its own for it. */
function throws(env: Env): boolean {
  if (env.subprogs.some(({ isException }) => isException)) return false;
  for (let idx = 0; idx < env.input.insns.length; idx++) if (env.aux[idx]?.seen === true && kfuncName(env, idx) === 'bpf_throw') return true;
  return false;
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
