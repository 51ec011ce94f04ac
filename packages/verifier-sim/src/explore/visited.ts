// Was this instruction reached before with at least as much freedom?
import { CALL } from '@rootlet/insn';
import { printLine } from '../log/insn.ts';
import { printState } from '../log/format-state.ts';
import { EINVAL, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pushJumpHistory } from '../state/history.ts';
import { PTR_TO_STACK, REG_NOT_INIT } from '../state/reg.ts';
import { SLOT_INVALID, STACK_ITER } from '../state/stack.ts';
import { copyState } from '../state/state.ts';
import type { Frame, VerifierState } from '../state/state.ts';
import { Checkpoint } from './checkpoint.ts';
import { areStatesEqual, frameInsnIdx, maybeLooping } from './equal.ts';
import type { LiveStackAnalysis } from './live-stack.ts';
import { Loops } from './loops.ts';
import { markAllImprecise, propagatePrecision } from './precision.ts';

/** States that the kernel keeps together. */
interface Bucket {
  readonly all: Checkpoint[];
  /** Those of {@link all} that were not cleaned. */
  uncleaned: Checkpoint[];
}

/** Jumps after which a state is remembered in any case: going back over them costs time. */
const LONG_HISTORY = 40;

/** Remembered states of all instructions, and their statistics. */
export class VisitedStates {
  readonly loops: Loops = new Loops();
  total = 0;
  peak = 0;
  maxPerInsn = 0;
  #buckets: (Bucket | undefined)[] = [];
  readonly #byState = new Map<VerifierState, Checkpoint>();
  readonly #liveStack: LiveStackAnalysis;
  readonly #prune: boolean;
  #kept = 0;
  #evicted = 0;
  #prevJmps = 0;
  #prevInsns = 0;

  /** @param prune whether paths end where they meet what was proved; otherwise states are what precision is noted in, no more */
  constructor(liveStack: LiveStackAnalysis, prune = true) {
    this.#liveStack = liveStack;
    this.#prune = prune;
  }

  /** Forgets the states of one function, before the next is verified alone. */
  clear(): void {
    this.#buckets = [];
    this.#byState.clear();
  }

  #updatePeak = (): void => {
    this.peak = Math.max(this.peak, this.#kept + this.#evicted + this.loops.backedgeCount);
  };

  /** The kernel hashes by instruction and call site, so that statistics count neighbours of a bucket, too. */
  #bucket(env: Env, state: VerifierState, insnIdx: number): Bucket {
    const callsite = (state.frames[state.curframe] as Frame).callsite;
    const key = ((insnIdx ^ callsite) >>> 0) % env.input.insns.length;
    return (this.#buckets[key] ??= { all: [], uncleaned: [] });
  }

  /**
   * Compares the current state with those remembered here, and remembers it when it is time.
   *
   * @returns 1 when the path need not be followed, 0 when it must, or an errno
   */
  visit(env: Env): number {
    const { insnIdx, cur } = env;
    if (!this.#prune) {
      if ((cur.jumpHistory?.count ?? 0) > LONG_HISTORY) this.#remember(env, { all: [], uncleaned: [] });
      return 0;
    }
    const aux = env.aux[insnIdx] ?? { forceCheckpoint: false, callsCallback: false, jumpPoint: false };
    const force = env.testStateFreq || aux.forceCheckpoint || (cur.jumpHistory?.count ?? 0) > LONG_HISTORY;
    let add = force;
    if (env.jmpsProcessed - this.#prevJmps >= 2 && env.insnProcessed - this.#prevInsns >= 8) add = true;
    const bucket = this.#bucket(env, cur, insnIdx);
    this.#cleanLive(env, bucket, insnIdx);
    const curRegs = (cur.frames[cur.curframe] as Frame).regs;
    const { all } = bucket;
    const states = all.length;
    // Whether marks may be missing where the path is cut off. Where a callback's call covers this one, what was found of the state compared before it counts.
    let loop = false;
    for (let at = 0; at < all.length; at++) {
      const checkpoint = all[at] as Checkpoint;
      if (checkpoint.insnIdx !== insnIdx) continue;
      const old = checkpoint.state;
      let hit = false;
      const unfinished = !checkpoint.cleaned && old.branches > 0;
      if (checkpoint.differs(curRegs, unfinished)) {
        if (!unfinished) loop = this.loops.isIncomplete(env, old);
        else if (!force && this.#isSoon(env)) add = false;
      } else if (unfinished) {
        const verdict = this.#compareUnfinished(env, checkpoint, aux.callsCallback);
        if (verdict < 0) return verdict;
        if (verdict > 0) {
          hit = true;
          loop ||= verdict === 1;
        } else if (!force && this.#isSoon(env)) {
          add = false;
        }
      } else {
        loop = this.loops.isIncomplete(env, old);
        hit = areStatesEqual(env, old, cur, loop ? 'rangeWithin' : 'notExact', checkpoint);
      }
      if (hit) {
        checkpoint.hits++;
        const err = aux.jumpPoint ? pushJumpHistory(env, 0, undefined) : 0;
        if (err !== 0) return err;
        const marked = propagatePrecision(env, old, cur);
        if (marked < 0) return marked;
        if (loop) {
          const cut = copyState(cur);
          cut.equalState = old;
          cut.insnIdx = insnIdx;
          this.loops.addBackedge(env, old, cut, this.#updatePeak);
        }
        return 1;
      }
      if (add) checkpoint.misses++;
      const patience = aux.forceCheckpoint && unfinished ? 64 : 3;
      if (checkpoint.misses > checkpoint.hits * patience + patience) {
        this.#evict(env, bucket, at--);
      }
    }
    this.maxPerInsn = Math.max(this.maxPerInsn, states);
    if (add) this.#remember(env, bucket);
    return 0;
  }

  /** So little happened since a state was remembered that an iteration of a loop is no reason for another. */
  #isSoon(env: Env): boolean {
    return env.jmpsProcessed - this.#prevJmps < 20 && env.insnProcessed - this.#prevInsns < 100;
  }

  /** @returns 1: an iteration of a loop that covers this one; 2: a callback's; 0: not; or an errno for an endless loop */
  #compareUnfinished(env: Env, checkpoint: Checkpoint, callsCallback: boolean): number {
    const { cur, insnIdx } = env;
    const old = checkpoint.state;
    const code = env.input.insns.code[insnIdx];
    const frame = old.frames[old.curframe];
    // The kernel calls it again: no loop of the program's.
    if (frame?.inAsyncCallback === true && frame.asyncEntries !== cur.frames[cur.curframe]?.asyncEntries) return 0;
    if (isMayGoto(code) && old.mayGotoDepth !== cur.mayGotoDepth && areStatesEqual(env, old, cur, 'rangeWithin', checkpoint)) return 1;
    if (env.aux[insnIdx]?.iterNext === true) {
      // Another element: what was proven for the one before holds.
      return isIteratorActive(cur) && areStatesEqual(env, old, cur, 'rangeWithin', checkpoint) ? 1 : 0;
    }
    if (callsCallback && code === CALL) return areStatesEqual(env, old, cur, 'rangeWithin', checkpoint) ? 2 : 0;
    if (
      maybeLooping(old, cur) &&
      areStatesEqual(env, old, cur, 'exact', checkpoint) &&
      !iteratorsMoved(old, cur) &&
      old.mayGotoDepth === cur.mayGotoDepth &&
      old.callbackUnrollDepth === cur.callbackUnrollDepth
    ) {
      printLine(env, insnIdx, '; ');
      verbose(env, `infinite loop detected at insn ${insnIdx}\n`);
      verbose(env, 'cur state:');
      printState(env, cur, cur.curframe, true);
      verbose(env, 'old state:');
      printState(env, old, cur.curframe, true);
      return EINVAL;
    }
    return 0;
  }

  /** The newest state of the path to `from` that is still remembered at `insnIdx`: where the loop that comes there again was entered before. */
  findEntry(env: Env, from: VerifierState, insnIdx: number): VerifierState | undefined {
    for (const { state } of this.#bucket(env, env.cur, insnIdx).all) {
      if (state.insnIdx === insnIdx && state.branches > 0 && state.dfsDepth < from.dfsDepth && sameCallsites(state, from)) return state;
    }
    return undefined;
  }

  #evict(env: Env, bucket: Bucket, at: number): void {
    const [checkpoint] = bucket.all.splice(at, 1) as [Checkpoint];
    if (!checkpoint.cleaned) bucket.uncleaned = bucket.uncleaned.filter((other) => other !== checkpoint);
    checkpoint.evicted = true;
    this.#evicted++;
    this.#kept--;
    this.#free(env, checkpoint);
  }

  /** An evicted state goes when nothing depends on it; one of a loop whose marks are missing then stays for good. */
  #free(env: Env, checkpoint: Checkpoint): void {
    if (!checkpoint.evicted || checkpoint.state.branches !== 0 || this.loops.isIncomplete(env, checkpoint.state)) return;
    this.#evicted--;
    this.#byState.delete(checkpoint.state);
  }

  #remember(env: Env, bucket: Bucket): void {
    const { cur, insnIdx } = env;
    this.total++;
    this.#kept++;
    this.#updatePeak();
    this.#prevJmps = env.jmpsProcessed;
    this.#prevInsns = env.insnProcessed;
    markAllImprecise(cur);
    const state = copyState(cur);
    state.insnIdx = insnIdx;
    this.loops.enter(env, state);
    cur.parent = state;
    cur.firstInsnIdx = insnIdx;
    cur.dfsDepth = state.dfsDepth + 1;
    cur.jumpHistory = undefined;
    env.historyIsCurrent = false;
    const checkpoint = new Checkpoint(state);
    this.#byState.set(state, checkpoint);
    bucket.all.unshift(checkpoint);
    bucket.uncleaned.push(checkpoint);
  }

  /** A path ended: states that no pending path goes through any more are complete. */
  endPath(env: Env, last: VerifierState): Errno {
    let state: VerifierState | undefined = last;
    while (state !== undefined) {
      state.branches--;
      if (state.branches > 0) break;
      const err = this.loops.exit(env, state, this.#updatePeak);
      if (err !== 0) return err;
      const parent: VerifierState | undefined = state.parent;
      const checkpoint = this.#byState.get(state);
      if (checkpoint !== undefined) this.#free(env, checkpoint);
      state = parent;
    }
    return 0;
  }

  /** Drops dead registers and slots from complete states, so that they match more. */
  #cleanLive(env: Env, bucket: Bucket, insnIdx: number): void {
    let some = false;
    for (const checkpoint of bucket.uncleaned) {
      const { state } = checkpoint;
      if (checkpoint.insnIdx !== insnIdx || state.branches > 0) continue;
      if (!sameCallsites(state, env.cur) || this.loops.isIncomplete(env, state)) continue;
      this.#clean(env, state);
      checkpoint.cleaned = true;
      some = true;
    }
    if (some) bucket.uncleaned = bucket.uncleaned.filter(({ cleaned }) => !cleaned);
  }

  #clean(env: Env, state: VerifierState): void {
    for (let frameno = 0; frameno <= state.curframe; frameno++) {
      const frame = state.frames[frameno] as Frame;
      const live = env.aux[frameInsnIdx(state, frameno)]?.liveRegs ?? 0;
      for (let regno = 0; regno < 10; regno++) if (((live >> regno) & 1) === 0) frame.regs[regno] = REG_NOT_INIT;
      this.#liveStack.findLive(env, state, frameno);
      const { liveLow, liveHigh } = this.#liveStack;
      for (let spi = 0; spi < frame.stack.length; spi++) {
        if ((((spi < 32 ? liveLow : liveHigh) >>> (spi & 31)) & 1) === 0) frame.stack[spi] = SLOT_INVALID;
      }
    }
  }
}

/** Whether the iterator in R1 has elements left, as far as is known. */
function isIteratorActive(state: VerifierState): boolean {
  const reg = (state.frames[state.curframe] as Frame).regs[1];
  if (reg?.type !== PTR_TO_STACK) return false;
  const off = reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value));
  // As C divides: the kernel takes a pointer just above the stack for one to the first slot.
  return state.frames[reg.frameno]?.stack[Math.trunc((-off - 1) / 8)]?.spilled.extra?.iter?.state === 1;
}

/** Whether an iterator took elements between the two. */
function iteratorsMoved(old: VerifierState, cur: VerifierState): boolean {
  return old.frames.some((frame, frameno) =>
    frame.stack.some((slot, spi) => {
      const iter = slot.spilled.extra?.iter;
      if (slot.types >>> 28 !== STACK_ITER || iter?.state !== 1) return false;
      return cur.frames[frameno]?.stack[spi]?.spilled.extra?.iter?.depth !== iter.depth;
    }),
  );
}

function isMayGoto(code: number | undefined): boolean {
  return code === 0xe5;
}

function sameCallsites(a: VerifierState, b: VerifierState): boolean {
  if (a.curframe !== b.curframe) return false;
  return a.frames.every((frame, frameno) => frameno > a.curframe || frame.callsite === b.frames[frameno]?.callsite);
}
