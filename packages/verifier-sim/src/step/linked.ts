// Which registers and slots share a number's id, and what follows for them?
import { BPF_ADD } from '@rootlet/insn';
import { aluScalar, scalarConst } from '../domain/index.ts';
import type { Env } from '../state/env.ts';
import { withoutId } from '../state/ids.ts';
import { addConstMarks, baseId, BPF_ADD_CONST32, changeReg, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isSpilled } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import type { Frame, LinkedReg, VerifierState } from '../state/state.ts';

/** More than this many lose their id. */
const LINKED_REGS_MAX = 6;

/** Adds every live register and every slot with the number's id (a constant apart) to the list, innermost frame first. */
export function collectLinked(env: Env, state: VerifierState, id: number, linked: LinkedReg[]): void {
  const wanted = baseId(id);
  for (let frameno = state.curframe; frameno >= 0; frameno--) {
    const frame = state.frames[frameno] as Frame;
    const at = frameno === state.curframe ? env.insnIdx : (state.frames[frameno + 1] as Frame).callsite;
    const live = env.aux[at]?.liveRegs ?? 0;
    for (let regno = 0; regno < 10; regno++) {
      if (((live >> regno) & 1) === 0) continue;
      const reg = frame.regs[regno] as Reg;
      if (reg.type !== SCALAR || reg.id === 0 || baseId(reg.id) !== wanted) continue;
      if (linked.length < LINKED_REGS_MAX) linked.push({ frameno, isReg: true, at: regno });
      else frame.regs[regno] = withoutId(reg);
    }
    for (let spi = 0; spi < frame.stack.length; spi++) {
      const slot = frame.stack[spi] as StackSlot;
      if (!isSpilled(slot)) continue;
      const reg = slot.spilled;
      if (reg.type !== SCALAR || reg.id === 0 || baseId(reg.id) !== wanted) continue;
      if (linked.length < LINKED_REGS_MAX) linked.push({ frameno, isReg: false, at: spi });
      else frame.stack[spi] = { types: slot.types, spilled: withoutId(reg) };
    }
  }
}

/** What was learned of one register holds for all linked ones. */
export function syncLinked(state: VerifierState, known: Reg, linked: readonly LinkedReg[]): void {
  for (const { frameno, isReg, at } of linked) {
    const frame = state.frames[frameno] as Frame;
    const slot = frame.stack[at];
    const reg = isReg ? (frame.regs[at] as Reg) : slot?.spilled;
    if (reg === undefined || reg === known || reg.type !== SCALAR || baseId(reg.id) !== baseId(known.id)) continue;
    const synced = follow(reg, known);
    if (isReg) frame.regs[at] = synced;
    else if (slot !== undefined) frame.stack[at] = { types: slot.types, spilled: synced };
  }
}

function follow(reg: Reg, known: Reg): Reg {
  const marks = addConstMarks(reg.id);
  const knownMarks = addConstMarks(known.id);
  if ((marks === 0 && knownMarks === 0) || reg.off === known.off) return known;
  // A difference of whole numbers says nothing of one between low halves.
  if (marks !== 0 && knownMarks !== 0 && marks !== knownMarks) return reg;
  const delta = scalarConst(BigInt(reg.off - known.off));
  const is64 = marks !== BPF_ADD_CONST32 && knownMarks !== BPF_ADD_CONST32;
  return changeReg(known, { off: reg.off, id: reg.id, scalar: aluScalar(BPF_ADD, is64, 0, known.scalar, delta) });
}
