// Which numbers change from one iteration to the next, so that knowing them exactly proves nothing?
import { scalarEquals } from '../domain/index.ts';
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

/** Whether what was left of pointers that were null is the same. */
function wereAlike(a: Reg | undefined, b: Reg | undefined): boolean {
  if (a === b) return true;
  return a?.map === b?.map && a?.mapUid === b?.mapUid && a?.btf === b?.btf && a?.btfId === b?.btfId && a?.memSize === b?.memSize;
}

function widened(old: Reg, cur: Reg, ids: Ids): Reg {
  if (old.type !== SCALAR || cur.type !== SCALAR || old.precise || cur.precise) return cur;
  const same = old.off === cur.off && scalarEquals(old.scalar, cur.scalar) && wereAlike(old.extra?.was, cur.extra?.was) && idsAgree(old.id, cur.id, ids);
  return same ? cur : REG_UNKNOWN;
}

/** Imprecise numbers that differ from those of an older iteration become unknown. */
export function widenImprecise(old: VerifierState, cur: VerifierState): void {
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
