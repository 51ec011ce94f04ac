// What is kept of a remembered state, so that most comparisons need not look into it?
import { scalarWithin } from '../domain/index.ts';
import { NOT_INIT, PTR_TO_ARENA, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { VerifierState } from '../state/state.ts';

/** Whether no comparison takes one for the other, whatever else is in the states. Both are live; precision aside. */
function isApart(old: Reg, cur: Reg): boolean {
  if (old === cur || old.type === NOT_INIT) return false;
  if (old.type !== cur.type) return true;
  if (old.type === PTR_TO_ARENA) return false;
  return !scalarWithin(old.scalar, cur.scalar) || (old.type !== SCALAR && old.off !== cur.off);
}

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
  #telltale: Reg | undefined;
  #regno = 0;

  constructor(state: VerifierState) {
    this.state = state;
    this.insnIdx = state.insnIdx;
  }

  /** Notes that a comparison failed at a live register of the innermost frame. */
  note(regno: number, old: Reg, cur: Reg): void {
    if (!isApart(old, cur)) return;
    this.#regno = regno;
    this.#telltale = old;
  }

  /**
   * Whether a state certainly does not match.
   *
   * @param curRegs registers of its innermost frame
   * @param unfinished paths from here are pending: numbers must be alike also where no proof needed them
   */
  differs(curRegs: readonly Reg[], unfinished: boolean): boolean {
    const old = this.#telltale;
    if (old === undefined || (!unfinished && old.type === SCALAR && !old.precise)) return false;
    return isApart(old, curRegs[this.#regno] as Reg);
  }
}
