// Which numbers change from one iteration to the next, so that knowing them exactly proves nothing?
import { scalarEquals } from '../domain/index.ts';
import type { Env } from '../state/env.ts';
import { REG_UNKNOWN, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isSpilled } from '../state/stack.ts';
import type { Frame, VerifierState } from '../state/state.ts';

/** Which id of the older state stands for which of this one. */
type Ids = Map<number, number>;

function idsAgree(old: number, cur: number, ids: Ids): boolean {
  if (old === 0 || cur === 0) return old === cur;
  const known = ids.get(old);
  if (known !== undefined) return known === cur;
  for (const other of ids.values()) if (other === cur) return false;
  ids.set(old, cur);
  return true;
}

function widened(old: Reg, cur: Reg, ids: Ids): Reg {
  if (old.type !== SCALAR || cur.type !== SCALAR || old.precise || cur.precise) return cur;
  const same = old.off === cur.off && scalarEquals(old.scalar, cur.scalar) && idsAgree(old.id, cur.id, ids);
  return same ? cur : REG_UNKNOWN;
}

/** Imprecise numbers that differ from those of an older iteration become unknown. */
export function widenImprecise(_env: Env, old: VerifierState, cur: VerifierState): void {
  const ids: Ids = new Map();
  for (let frameno = old.curframe; frameno >= 0; frameno--) {
    const a = old.frames[frameno] as Frame;
    const b = cur.frames[frameno] as Frame;
    for (let regno = 0; regno < 10; regno++) b.regs[regno] = widened(a.regs[regno] as Reg, b.regs[regno] as Reg, ids);
    a.stack.forEach((oldSlot, spi) => {
      const slot = b.stack[spi];
      if (slot === undefined || !isSpilled(oldSlot) || !isSpilled(slot)) return;
      const spilled = widened(oldSlot.spilled, slot.spilled, ids);
      if (spilled !== slot.spilled) b.stack[spi] = { types: slot.types, spilled };
    });
  }
}

/**
 * What a search finds is remembered at a checkpoint this far from where it began, or a little further: paths that branch off side by side share those,
 * and searches for other instructions remember elsewhere.
 */
const FAR = 16;
const SPREAD = 64;

/** The newest checkpoint of this path at an instruction, its own visit's left out. */
export function findPreviousEntry(cur: VerifierState, insnIdx: number): VerifierState | undefined {
  const { parent } = cur;
  if (parent === undefined) return undefined;
  const isOwn = parent.insnIdx === insnIdx && cur.insnIdx === insnIdx;
  return findEntry(isOwn ? parent.parent : parent, insnIdx, cur.curframe);
}

/** Checkpoints do not move, so that a search past thousands that a nested loop made need not be repeated. */
function findEntry(from: VerifierState | undefined, insnIdx: number, curframe: number): VerifierState | undefined {
  const remembered = FAR + (insnIdx % SPREAD);
  let far: VerifierState | undefined;
  let found = from;
  for (let steps = 0; found !== undefined; found = found.parent, steps++) {
    if (found.insnIdx === insnIdx && found.curframe === curframe) break;
    if (steps === remembered) far = found;
    const { farEntry } = found;
    if (farEntry !== undefined && farEntry.insnIdx === insnIdx && farEntry.curframe === curframe) {
      found = farEntry.found;
      break;
    }
  }
  if (far !== undefined) far.farEntry = { insnIdx, curframe, found };
  return found;
}
