// Which instruction of which path is next?
import { isScratched, printInsnState, printState } from '../log/format-state.ts';
import { formatInsn, printLine } from '../log/insn.ts';
import { knownState } from '../log/known.ts';
import { E2BIG, EFAULT, reject, scratchAll, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pushJumpHistory } from '../state/history.ts';
import { BPF_MAIN_FUNC, createFrame } from '../state/state.ts';
import type { VerifierState } from '../state/state.ts';
import { STEP_EXIT, STEP_RETURN } from '../step/result.ts';
import { stepInsn } from '../step/step.ts';
import type { VerifierOptions } from '../types.ts';
import type { LiveStackAnalysis } from './live-stack.ts';
import type { Paths } from './paths.ts';
import type { VisitedStates } from './visited.ts';

const BPF_F_SLEEPABLE = 16;

/** Instructions that may be processed. */
export const BPF_COMPLEXITY_LIMIT_INSNS = 1_000_000;
const PROGRESS_EVERY = 8192;

/** What exploration keeps besides the environment. */
export interface Explorer {
  readonly paths: Paths;
  readonly visited: VisitedStates;
  readonly liveStack: LiveStackAnalysis;
  readonly onProgress: VerifierOptions['onProgress'];
  readonly onInsn: VerifierOptions['onInsn'];
}

/** A state at the entry of a function, nothing known. */
export function entryState(env: Env, subprogno: number): VerifierState {
  const start = env.subprogs[subprogno]?.start ?? 0;
  return {
    frames: [createFrame(BPF_MAIN_FUNC, 0, subprogno)],
    curframe: 0,
    refs: [],
    activeLocks: 0,
    activePreemptLocks: 0,
    activeRcuLocks: 0,
    activeIrqId: 0,
    activeLockId: 0,
    activeLockPtr: undefined,
    sizeMins: [],
    speculative: false,
    inSleepable: ((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0,
    parent: undefined,
    branches: 1,
    insnIdx: start,
    firstInsnIdx: start,
    lastInsnIdx: -1,
    jumpHistory: undefined,
    dfsDepth: 0,
    callbackUnrollDepth: 0,
    mayGotoDepth: 0,
    equalState: undefined,
  };
}

/** Explores all paths from the current state. */
export function explorePaths(env: Env, explorer: Explorer): Errno {
  const { log } = env;
  const { insns } = env.input;
  let printAll = false;
  env.prevInsnIdx = -1;
  for (;;) {
    const state = env.cur;
    env.historyIsCurrent = false;
    const insnIdx = env.insnIdx;
    if (insnIdx < 0 || insnIdx >= insns.length) {
      return reject(env, EFAULT, `invalid insn idx ${insnIdx} insn_cnt ${insns.length}\n`);
    }
    if (++env.insnProcessed > BPF_COMPLEXITY_LIMIT_INSNS) {
      return reject(env, E2BIG, `BPF program is too large. Processed ${env.insnProcessed} insn\n`);
    }
    if (explorer.onProgress !== undefined && env.insnProcessed % PROGRESS_EVERY === 0) explorer.onProgress(env.insnProcessed);
    state.lastInsnIdx = env.prevInsnIdx;
    state.insnIdx = insnIdx;
    const aux = env.aux[insnIdx];
    if (aux?.prunePoint === true) {
      const seen = explorer.visited.visit(env);
      if (seen < 0) return seen;
      if (seen === 1) {
        if (log.verboseStates) {
          verbose(env, printAll ? `\nfrom ${env.prevInsnIdx} to ${insnIdx}: safe\n` : `${insnIdx}: safe\n`);
        }
        const more = endPath(env, explorer);
        if (more <= 0) return more;
        printAll = true;
        continue;
      }
    }
    if (aux?.jumpPoint === true) {
      const err = pushJumpHistory(env, 0, undefined);
      if (err !== 0) return err;
    }
    if (log.level2 && printAll) {
      verbose(env, `\nfrom ${env.prevInsnIdx} to ${insnIdx}:`);
      printState(env, state, state.curframe, true);
      printAll = false;
    }
    if (log.verboseStates) printInsn(env, state);
    if (explorer.onInsn !== undefined) explorer.onInsn(knownState(env));
    explorer.liveStack.begin(env, insnIdx);
    const next = stepInsn(env);
    if (next < 0) return next;
    env.prevInsnIdx = insnIdx;
    explorer.liveStack.commit();
    if (next === STEP_EXIT) {
      const more = endPath(env, explorer);
      if (more <= 0) return more;
      printAll = true;
    } else if (next === STEP_RETURN) {
      printAll = true;
    }
  }
}

function printInsn(env: Env, state: VerifierState): void {
  const { log, insnIdx } = env;
  if (isScratched(env)) printInsnState(env, state, state.curframe);
  printLine(env, insnIdx, '; ');
  const start = log.endPos;
  verbose(env, `${insnIdx}: ${formatInsn(env, insnIdx)}\n`);
  log.prevInsnPrintPos = log.endPos - start;
  log.prevLogPos = log.endPos;
}

/** @returns 1 when another path goes on, 0 when all were explored */
function endPath(env: Env, explorer: Explorer): number {
  scratchAll(env);
  const err = explorer.visited.endPath(env, env.cur);
  if (err !== 0) return err;
  explorer.liveStack.update(env);
  return explorer.paths.pop(env, !env.log.level2) ? 1 : 0;
}
