// Are the states of this loop proven already, or do they still depend on the path being explored?
import { EFAULT, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { VerifierState } from '../state/state.ts';
import { frameInsnIdx } from './equal.ts';
import { markAllPrecise, propagatePrecision } from './precision.ts';

const MAX_ROUNDS = 64;

/** One loop, as entered through one chain of calls. */
interface Visit {
  readonly name: string;
  /** The first checkpoint inside the loop, while paths from it are pending. */
  entry: VerifierState | undefined;
  /** Paths that were cut off because an unfinished state of the loop covers them, oldest first. */
  backedges: VerifierState[];
}

/** All loops being explored. A loop's states may lack precision marks until its last path has ended. */
export class Loops {
  readonly #visits = new Map<string, Visit>();
  /** Cut-off paths that are kept, for the statistics. */
  backedgeCount = 0;

  /** Names the innermost loop a state stands in; undefined when in none. */
  #key(env: Env, state: VerifierState): { readonly key: string; readonly name: string } | undefined {
    let key = '';
    // The kernel prints call sites up to the first that is 0.
    let name = '';
    let ended = false;
    for (let frameno = 0; frameno <= state.curframe; frameno++) {
      const insnIdx = frameInsnIdx(state, frameno);
      const scc = env.aux[insnIdx]?.scc ?? 0;
      if (scc !== 0) return { key: `${key}${scc}`, name: `(${name}${scc})` };
      key += `${insnIdx},`;
      ended ||= insnIdx === 0;
      if (!ended) name += `${insnIdx},`;
    }
    return undefined;
  }

  #find(env: Env, state: VerifierState): Visit | undefined {
    const loop = this.#key(env, state);
    return loop === undefined ? undefined : this.#visits.get(loop.key);
  }

  /** A checkpoint is made. */
  enter(env: Env, state: VerifierState): void {
    const loop = this.#key(env, state);
    if (loop === undefined) return;
    let visit = this.#visits.get(loop.key);
    if (visit === undefined) {
      visit = { name: loop.name, entry: undefined, backedges: [] };
      this.#visits.set(loop.key, visit);
    }
    if (visit.entry !== undefined) return;
    visit.entry = state;
    if (env.log.level2) verbose(env, `SCC enter ${visit.name}\n`);
  }

  /** All paths from a checkpoint have ended: if the loop began there, its marks are completed. */
  exit(env: Env, state: VerifierState, updatePeak: () => void): Errno {
    const loop = this.#key(env, state);
    if (loop === undefined) return 0;
    const visit = this.#visits.get(loop.key);
    // Only what is thrown ends a path inside a loop, which may have had no checkpoint yet.
    if (visit === undefined) return reject(env, EFAULT, `verifier bug: scc exit: no visit info for call chain ${loop.name}\n`);
    if (visit.entry !== state) return 0;
    if (env.log.level2) verbose(env, `SCC exit ${visit.name}\n`);
    visit.entry = undefined;
    this.backedgeCount -= visit.backedges.length;
    updatePeak();
    return this.#complete(env, visit);
  }

  /** Whether marks of this state may still be missing. */
  isIncomplete(env: Env, state: VerifierState): boolean {
    if (this.backedgeCount === 0) return false;
    const visit = this.#find(env, state);
    return visit !== undefined && visit.backedges.length > 0;
  }

  /** A path was cut off at an unfinished state of its loop. */
  addBackedge(env: Env, at: VerifierState, cut: VerifierState, updatePeak: () => void): void {
    const visit = this.#find(env, at);
    if (visit === undefined) return;
    if (env.log.level2) verbose(env, `SCC backedge ${visit.name}\n`);
    visit.backedges.push(cut);
    this.backedgeCount++;
    updatePeak();
  }

  #complete(env: Env, visit: Visit): Errno {
    // The newest is looked at first.
    visit.backedges.reverse();
    let changed = true;
    for (let round = 0; changed; round++) {
      if (round > MAX_ROUNDS) {
        if (env.log.level2) verbose(env, 'propagate_backedges: too many iterations\n');
        for (const cut of visit.backedges) markAllPrecise(env, cut);
        break;
      }
      changed = false;
      for (const cut of visit.backedges) {
        const marked = cut.equalState === undefined ? 0 : propagatePrecision(env, cut.equalState, cut);
        if (marked < 0) return marked;
        if (marked === 1) changed = true;
      }
    }
    visit.backedges = [];
    return 0;
  }
}
