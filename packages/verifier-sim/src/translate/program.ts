// What does the kernel make of each instruction of a program that was found good?
import { BPF_ABS, BPF_IND, BPF_LD, CALL, insnClass, insnMode, isMayGoto, LD_IMM64 } from '@rootlet/insn';
import { BPF_F_INNER_MAP, BPF_FUNC_map_lookup_elem } from '@rootlet/uapi';
import { isLoopInlined } from '../call/callbacks.ts';
import { asksClock, contextGrowth } from './context-growth.ts';
import type { Env } from '../state/env.ts';
import * as lengths from '../tables/generated/lengths.ts';
import { kfuncName } from '../passes/calls.ts';
import { throws, WRITTEN_CALLBACK } from '../passes/exception-callback.ts';
import { keptSlots, reachedSlots } from './kept-insns.ts';
import { subprogOf } from '../passes/subprograms.ts';

/** The move of R0 to itself, which clears its upper half. */
const CLEARING_LENGTH = 1;

/** The program as it is run: which slots are left, and how many are put in, one array for each time that the kernel goes through it. */
export interface Translation {
  /** Slots that a path reached. */
  readonly reached: readonly boolean[];
  /** Those that are left. */
  readonly kept: readonly boolean[];
  /** By slot, how many more it becomes: loops of `bpf_loop`, before anything is taken out; accesses to the context; all else; counters; upper halves. */
  readonly growths: readonly Int32Array[];
  /** Slots behind the last. */
  readonly appended: number;
}

type Rounds = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
const createRounds = (count: number): Rounds => [0, 1, 2, 3, 4].map(() => new Int32Array(count)) as Rounds;

/** Follows the program through all that the kernel does before it is compiled. */
export function translateProgram(env: Env): Translation {
  const { insns } = env.input;
  const reached = reachedSlots(env);
  const kept = keptSlots(env, reached);
  const [loops, accesses, others, counters, clearings] = createRounds(insns.length);
  const plainTime = asksClock(env);
  for (let idx = 0; idx < insns.length; idx++) {
    if (kept[idx] === true) {
      const aux = env.aux[idx];
      if (aux !== undefined && isLoopInlined(aux)) loops[idx] = lengths.LOOP_GROWTH;
      if (aux?.upperHalfRead === true) clearings[idx] = CLEARING_LENGTH;
      accesses[idx] = contextGrowth(env, idx, plainTime);
      others[idx] = otherGrowth(env, idx);
      if (isMayGoto(insns, idx)) counters[env.subprogs[subprogOf(env, idx)]?.start ?? 0] = lengths.COUNTER_LENGTH;
    }
    if (insns.code[idx] === LD_IMM64) idx++;
  }
  // Who writes to packets makes sure first that nobody else has them.
  if (env.seenDirectWrite && accesses.length > 0) accesses[0] = (accesses[0] as number) + (lengths.PACKET_WRITER_LENGTH[env.input.progType] ?? 0);
  return { reached, kept, growths: [loops, accesses, others, counters, clearings], appended: throws(env) ? WRITTEN_CALLBACK : 0 };
}

function otherGrowth(env: Env, idx: number): number {
  const { insns } = env.input;
  const code = insns.code[idx] as number;
  if (code === CALL) return callGrowth(env, idx);
  if (isMayGoto(insns, idx)) return lengths.MAY_GOTO_GROWTH;
  if (insnClass(code) === BPF_LD) {
    if (insnMode(code) === BPF_ABS) return lengths.LD_ABS_GROWTH;
    if (insnMode(code) === BPF_IND) return lengths.LD_ABS_GROWTH + (insns.imm[idx] === 0 ? 0 : lengths.LD_IND_OFFSET_LENGTH);
  }
  return (insns.off[idx] === 0 ? lengths.DIVISION_GROWTH : lengths.SIGNED_DIVISION_GROWTH)[code] ?? 0;
}

function callGrowth(env: Env, idx: number): number {
  const { insns } = env.input;
  const kfunc = kfuncName(env, idx);
  if (kfunc !== undefined) return lengths.KFUNC_GROWTH[kfunc] ?? 0;
  const aux = env.aux[idx];
  if (insns.src[idx] !== 0 || aux === undefined) return 0;
  const helper = insns.imm[idx] as number;
  if (helper !== BPF_FUNC_map_lookup_elem) return (lengths.HELPER_GROWTH[helper] ?? 0) + (aux.takesPercpuObject ? lengths.PERCPU_OBJECT_GROWTH : 0);
  const map = aux.calledMap;
  // What stands for arrays of any size is asked for its own.
  return map === null || map === undefined || (map.flags & BPF_F_INNER_MAP) !== 0 ? 0 : (lengths.LOOKUP_GROWTH[map.type] ?? 0);
}

/** Where the slot at `idx`, or the end, is found once the program is translated. */
export function translatedIndex({ kept, growths }: Translation, idx: number): number {
  let count = 0;
  for (let at = 0; at < Math.min(idx, kept.length); at++) {
    if (kept[at] === true) count++;
    for (const growth of growths) count += growth[at] as number;
  }
  return count;
}

/** Slots of the whole program once it is translated. */
export function translatedLength(translation: Translation): number {
  return translatedIndex(translation, translation.kept.length) + translation.appended;
}
