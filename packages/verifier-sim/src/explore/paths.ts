// Which paths are still to be explored?
import { verbose } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { copyState } from '../state/state.ts';
import type { VerifierState } from '../state/state.ts';

const MAX_PENDING = 8192;

interface Pending {
  readonly state: VerifierState;
  readonly insnIdx: number;
  readonly prevInsnIdx: number;
  readonly logPos: number;
}

/** The other sides of branches, last in first out. */
export class Paths {
  readonly #stack: Pending[] = [];

  /** Keeps a copy of the current state for later. @returns undefined when there are too many */
  push(env: Env, insnIdx: number, prevInsnIdx: number): VerifierState | undefined {
    return this.pushState(env, copyState(env.cur), insnIdx, prevInsnIdx);
  }

  /** Keeps a state for later. @returns undefined when there are too many */
  pushState(env: Env, state: VerifierState, insnIdx: number, prevInsnIdx: number, isAsync = false): VerifierState | undefined {
    this.#stack.push({ state, insnIdx, prevInsnIdx, logPos: env.log.endPos });
    if (this.#stack.length > MAX_PENDING) {
      verbose(env, `The sequence of ${this.#stack.length} jumps is too complex${isAsync ? ' for async cb' : ''}.\n`);
      return undefined;
    }
    if (state.parent !== undefined) state.parent.branches++;
    else state.branches = 1;
    return state;
  }

  /** Goes on with the path that was kept last. @returns false when there is none */
  pop(env: Env, cutLog: boolean): boolean {
    const pending = this.#stack.pop();
    if (pending === undefined) return false;
    env.cur = pending.state;
    if (cutLog) env.log.reset(pending.logPos);
    env.insnIdx = pending.insnIdx;
    env.prevInsnIdx = pending.prevInsnIdx;
    return true;
  }

  /** Forgets all. */
  clear(): void {
    this.#stack.length = 0;
  }
}

