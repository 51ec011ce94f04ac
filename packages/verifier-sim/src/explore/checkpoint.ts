// What is kept of a remembered state, so that most comparisons need not look into it?
import { SCALAR_UNKNOWN, scalarWithin } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { NOT_INIT, PTR_TO_ARENA, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { VerifierState } from '../state/state.ts';

/**
 * A remembered state. Most states that come by differ from it, and mostly in one register of the innermost frame, the counter of a
 * loop: the one that told apart the last time is asked before all else.
 */
export class Checkpoint {
  readonly state: VerifierState;
  readonly insnIdx: number;
  hits = 0;
  misses = 0;
  evicted = false;
  /** No path goes through it any more, what is dead was removed. */
  cleaned = false;
  /** Register that told apart; -1 for none. Its fields follow, for there are many checkpoints, and few of them in the cache. */
  #regno = -1;
  #type = 0;
  #off = 0;
  #scalar: Scalar = SCALAR_UNKNOWN;
  /** It tells apart whether or not numbers that no proof needed count. */
  #always = false;

  constructor(state: VerifierState) {
    this.state = state;
    this.insnIdx = state.insnIdx;
  }

  /** Notes that a comparison failed at a live register of the innermost frame. */
  note(regno: number, old: Reg): void {
    // What was never written matches anything, and so do addresses of the arena.
    if (old.type === NOT_INIT || old.type === PTR_TO_ARENA) return;
    this.#regno = regno;
    this.#type = old.type;
    this.#off = old.type === SCALAR ? 0 : old.off;
    this.#scalar = old.scalar;
    this.#always = old.type !== SCALAR || old.precise;
  }

  /**
   * Whether a state certainly does not match.
   *
   * @param curRegs registers of its innermost frame
   * @param unfinished paths from here are pending: numbers must be alike also where no proof needed them
   */
  differs(curRegs: readonly Reg[], unfinished: boolean): boolean {
    if (this.#regno < 0 || !(unfinished || this.#always)) return false;
    const cur = curRegs[this.#regno] as Reg;
    if (cur.type !== this.#type || (cur.type !== SCALAR && cur.off !== this.#off)) return true;
    return !scalarWithin(this.#scalar, cur.scalar);
  }
}
