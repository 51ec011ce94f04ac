// Which saved state of interrupts is this?
import { isConst } from '../domain/index.ts';
import { checkMemAccess } from '../mem/access.ts';
import { WRITE } from '../mem/types.ts';
import { EACCES, EFAULT, EINVAL, getReg, newId, reject, scratchSlot, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pointerReg, PTR_TO_STACK, REG_NOT_INIT } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { allSlotTypes, slotType, STACK_INVALID, STACK_IRQ_FLAG } from '../state/stack.ts';
import { regFrame, REF_IRQ } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import type { KfuncMeta } from './kfunc-meta.ts';

interface Place {
  readonly frame: Frame;
  readonly spi: number;
}

/** The slot that a register points to; `range` when it was never touched, undefined, with the kernel's message, when it is none. */
function findSlot(env: Env, reg: Reg): Place | 'range' | undefined {
  if (!isConst(reg.scalar)) {
    verbose(env, `irq_flag has to be at a constant offset\n`);
    return undefined;
  }
  const off = reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value));
  // Towards zero: the frame pointer itself counts as slot 0.
  const spi = Math.trunc((-off - 1) / 8);
  if (off % 8 !== 0 || spi < 0) {
    verbose(env, `cannot pass in irq_flag at an offset=${off}\n`);
    return undefined;
  }
  const frame = regFrame(env.cur, reg);
  return spi < frame.stack.length ? { frame, spi } : 'range';
}

/** Saves the state into an unused slot, or restores it from where it was saved. */
export function checkIrqFlag(env: Env, meta: KfuncMeta, i: number): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  if (reg.type !== PTR_TO_STACK) return reject(env, EINVAL, `arg#${i} doesn't point to an irq flag on stack\n`);
  const isSave = meta.name.endsWith('_save') || meta.name.endsWith('irqsave');
  const place = findSlot(env, reg);
  const types = typeof place === 'object' ? (place.frame.stack[place.spi]?.types ?? 0) : 0;
  if (isSave) {
    const inUse = types >>> 28 === STACK_IRQ_FLAG;
    if (place === undefined || inUse) return reject(env, EINVAL, `expected uninitialized irq flag as arg#${i}\n`);
    const err = checkMemAccess(env, regno, 0, 8, WRITE, -1, false, false);
    if (err !== 0) return err;
    const touched = findSlot(env, reg);
    return typeof touched === 'object' ? save(env, touched, meta) : EFAULT;
  }
  if (typeof place !== 'object' || types !== allSlotTypes(STACK_IRQ_FLAG)) {
    return reject(env, EINVAL, `expected an initialized irq flag as arg#${i}\n`);
  }
  return restore(env, place, meta);
}

/** 1: plain; 2: with a lock. */
function classOf(meta: KfuncMeta): number {
  return meta.name.includes('res_spin') ? 2 : 1;
}

function save(env: Env, { frame, spi }: Place, meta: KfuncMeta): Errno {
  const id = newId(env);
  scratchSlot(env, spi);
  env.liveStack.markWrite(frame.frameno, spi);
  frame.stack[spi] = { types: allSlotTypes(STACK_IRQ_FLAG), spilled: pointerReg(PTR_TO_STACK, { refObjId: id, extra: { irq: classOf(meta) } }) };
  env.cur.refs.push({ type: REF_IRQ, id, insnIdx: env.insnIdx, ptr: undefined });
  env.cur.activeIrqId = id;
  return 0;
}

function restore(env: Env, { frame, spi }: Place, meta: KfuncMeta): Errno {
  const slot = frame.stack[spi];
  const { cur } = env;
  env.liveStack.markRead(env, frame.frameno, spi);
  if (slot === undefined || slotType(slot, 7) !== STACK_IRQ_FLAG) return EINVAL;
  const saved = slot.spilled.extra?.irq ?? 1;
  if (saved !== classOf(meta)) {
    const names = ['', 'native', 'lock'];
    const text = `irq flag acquired by ${names[saved]} kfuncs cannot be restored with ${names[classOf(meta)]} kfuncs\n`;
    return reject(env, EINVAL, text);
  }
  const id = slot.spilled.refObjId;
  if (id !== cur.activeIrqId) {
    const newest = cur.refs.find((ref) => ref.type === REF_IRQ && ref.id === cur.activeIrqId);
    const text = `cannot restore irq state out of order, expected id=${cur.activeIrqId} acquired at insn_idx=${newest?.insnIdx ?? 0}\n`;
    return reject(env, EACCES, text);
  }
  cur.refs = cur.refs.filter((ref) => !(ref.type === REF_IRQ && ref.id === id));
  cur.activeIrqId = cur.refs.findLast((ref) => ref.type === REF_IRQ)?.id ?? 0;
  scratchSlot(env, spi);
  env.liveStack.markWrite(frame.frameno, spi);
  frame.stack[spi] = { types: allSlotTypes(STACK_INVALID), spilled: REG_NOT_INIT };
  return 0;
}
