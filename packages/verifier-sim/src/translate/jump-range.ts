// Does a jump get too far for its 16 bits when instructions between become longer?
import { BPF_JA, BPF_JMP, isBranch, isMayGoto, LD_IMM64 } from '@rootlet/insn';
import { ENOMEM, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MAY_GOTO_GROWTH } from '../tables/generated/lengths.ts';
import { jumpTarget } from '../passes/subprograms.ts';
import type { Translation } from './program.ts';

const [LEAST, MOST] = [-0x8000, 0x7fff];
/** Those of {@link Translation.growths} that have it, and its counters. */
const [MAY_GOTO_ROUND, COUNTER_ROUND] = [2, 3];

/** Goes through the program as often as the kernel does, and names the first instruction that finds no room. */
export function checkJumpRange(env: Env, { kept, growths }: Translation): Errno {
  const count = env.input.insns.length;
  const all = growths.reduce((sum, growth) => growth.reduce((part, more) => part + more, sum), count);
  if (all <= MOST) return 0;
  // Where each slot is, as far as the program is translated.
  const places = new Int32Array(count + 1);
  for (let round = 0; round < growths.length; round++) {
    // What is dead is there until the loops are put in.
    const isThere = (idx: number): boolean => round === 0 || kept[idx] === true;
    places[0] = lengthBefore(growths, round, 0);
    for (let idx = 0; idx < count; idx++) {
      let length = isThere(idx) ? 1 : 0;
      for (let done = 0; done < round; done++) if (done !== COUNTER_ROUND) length += growths[done]?.[idx] as number;
      places[idx + 1] = (places[idx] as number) + length + lengthBefore(growths, round, idx + 1);
    }
    const first = findTooLong(env, places, growths[round] as Int32Array, (idx) => (isThere(idx) ? standing(env, idx, round) : undefined));
    if (first < count) return reject(env, ENOMEM, `insn ${first} cannot be patched due to 16-bit range\n`);
  }
  return 0;
}

/** Counters, once they are there, stand before the place that jumps lead to. */
function lengthBefore(growths: readonly Int32Array[], round: number, idx: number): number {
  return round > COUNTER_ROUND ? (growths[COUNTER_ROUND]?.[idx] ?? 0) : 0;
}

/** Slots by which the jump at `idx` is nearer to what is behind it, and farther from what is before it, than the first slot that it has become. */
interface Standing {
  readonly ahead: number;
  readonly back: number;
}

const PLAIN: Standing = { ahead: 0, back: 0 };
/** The second slot of a `may_goto` is what jumps; what comes behind in the round that puts it in finds it there. */
const PUT_IN: Standing = { ahead: 1 - MAY_GOTO_GROWTH, back: 0 };
const THERE: Standing = { ahead: 1, back: 1 };

/** @returns undefined for what does not jump by 16 bits */
function standing(env: Env, idx: number, round: number): Standing | undefined {
  const { insns } = env.input;
  if (isMayGoto(insns, idx) && round >= MAY_GOTO_ROUND) return round === MAY_GOTO_ROUND ? PUT_IN : THERE;
  return insns.code[idx] === (BPF_JMP | BPF_JA) || isBranch(insns, idx) ? PLAIN : undefined;
}

/** The first instruction whose growth is too much for some jump over it; the number of instructions where all can grow. */
function findTooLong(env: Env, places: Int32Array, growth: Int32Array, jumpAt: (idx: number) => Standing | undefined): number {
  const { insns } = env.input;
  const grown = new Int32Array(insns.length + 1);
  for (let idx = 0; idx < insns.length; idx++) grown[idx + 1] = (grown[idx] as number) + (growth[idx] as number);
  let first = insns.length;
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === LD_IMM64) {
      idx++;
      continue;
    }
    const jump = jumpAt(idx);
    if (jump === undefined) continue;
    const target = jumpTarget(env, idx);
    const isAhead = target > idx;
    const [from, to] = isAhead ? [idx + 1, target] : [target, idx];
    const distance = (places[target] as number) - (places[idx] as number) - 1;
    const room = Math.max(isAhead ? MOST - (distance - jump.ahead) : distance - jump.back - LEAST, 0);
    if ((grown[to] as number) - (grown[from] as number) <= room) continue;
    let at = from;
    while ((grown[at + 1] as number) - (grown[from] as number) <= room) at++;
    first = Math.min(first, at);
  }
  return first;
}
