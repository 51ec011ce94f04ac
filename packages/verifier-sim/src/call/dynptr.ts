// Is this a dynptr of the right kind, or a place for one?
import { isConst } from '../domain/index.ts';
import { checkMemAccess } from '../mem/access.ts';
import { clearDynptr, destroyDynptrAt, invalidateSlices } from '../mem/stack-special.ts';
import { slotOf } from '../mem/stack-slots.ts';
import { WRITE } from '../mem/types.ts';
import { formatDynptrType } from '../log/format-reg.ts';
import { EFAULT, EINVAL, getReg, newId, reject, scratchSlot, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { CONST_PTR_TO_DYNPTR, DYNPTR_TYPE_RINGBUF, pointerReg, PTR_TO_STACK } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { allSlotTypes, slotType, STACK_DYNPTR } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { regFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import { acquireReference, releaseReference } from './references.ts';

/** What is known of a dynptr that was set up. */
export interface DynptrInfo {
  readonly type: number;
  readonly id: number;
  readonly refObjId: number;
}

interface Place {
  readonly frame: Frame;
  /** Slot of the first half, at the lower address. */
  readonly spi: number;
}

/** Where a stack pointer would have a dynptr; undefined, with the kernel's message, when there is no room. */
function findPlace(env: Env, reg: Reg): Place | undefined {
  if (!isConst(reg.scalar)) {
    verbose(env, 'dynptr has to be at a constant offset\n');
    return undefined;
  }
  const off = reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value));
  const spi = slotOf(off);
  if (off % 8 !== 0 || off >= 0 || spi < 1) {
    verbose(env, `cannot pass in dynptr at an offset=${off}\n`);
    return undefined;
  }
  return { frame: regFrame(env.cur, reg), spi };
}

/** Whether a dynptr is there already, or half of one. */
function isTaken({ frame, spi }: Place): boolean {
  return [frame.stack[spi], frame.stack[spi - 1]].some((slot) => slot !== undefined && slotType(slot, 7) === STACK_DYNPTR);
}

/**
 * The dynptr that a register stands for; undefined when it is none.
 *
 * @param quiet the place was looked at already
 */
export function findDynptr(env: Env, regno: number): DynptrInfo | undefined {
  const reg = getReg(env, regno);
  if (reg.type === CONST_PTR_TO_DYNPTR) return { type: reg.extra?.dynptrType ?? 0, id: reg.id, refObjId: reg.refObjId };
  if (reg.type !== PTR_TO_STACK) return undefined;
  const place = findPlace(env, reg);
  const slot = place?.frame.stack[place.spi];
  const second = place?.frame.stack[place.spi - 1];
  if (slot === undefined || second === undefined || slot.spilled.extra?.firstSlot !== true) return undefined;
  if (slot.types !== allSlotTypes(STACK_DYNPTR) || second.types !== allSlotTypes(STACK_DYNPTR)) return undefined;
  return { type: slot.spilled.extra.dynptrType ?? 0, id: slot.spilled.id, refObjId: slot.spilled.refObjId };
}

/** Whether there is something to give back where the dynptr would be. */
export function ownsReference(env: Env, regno: number): boolean {
  const reg = getReg(env, regno);
  const place = findPlace(env, reg);
  return (place?.frame.stack[place.spi]?.spilled.refObjId ?? 0) !== 0;
}

/** Notes that the dynptr in a register is read. */
export function readDynptr(env: Env, regno: number): void {
  const reg = getReg(env, regno);
  if (reg.type !== PTR_TO_STACK) return;
  const off = reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value));
  const spi = slotOf(off);
  for (const at of [spi, spi - 1]) {
    env.liveStack.markRead(env, reg.frameno, at);
    scratchSlot(env, at);
  }
}

/** Checks that a register has a dynptr, perhaps of one type. */
export function checkDynptr(env: Env, regno: number, wantedType: number): DynptrInfo | Errno {
  const found = findDynptr(env, regno);
  if (found === undefined) return reject(env, EINVAL, `Expected an initialized dynptr as arg #${regno - 1}\n`);
  if (wantedType !== 0 && found.type !== wantedType) {
    return reject(env, EINVAL, `Expected a dynptr of type ${formatDynptrType(wantedType)} as arg #${regno - 1}\n`);
  }
  readDynptr(env, regno);
  return found;
}

/** Checks that a register points to 16 bytes of stack that may become a dynptr. */
export function checkDynptrPlace(env: Env, regno: number): Errno {
  const reg = getReg(env, regno);
  const place = reg.type === PTR_TO_STACK ? findPlace(env, reg) : undefined;
  if (place === undefined || (!env.profile.features.overwrittenDynptrs && isTaken(place))) {
    return reject(env, EINVAL, 'Dynptr has to be an uninitialized dynptr\n');
  }
  for (const off of [0, 8]) {
    const err = checkMemAccess(env, regno, off, 8, WRITE, -1, false, false);
    if (err !== 0) return err;
  }
  return 0;
}

/** Sets a dynptr up. @param shared the dynptr that it is a copy of */
export function createDynptr(env: Env, regno: number, type: number, shared: DynptrInfo | undefined): Errno {
  const reg = getReg(env, regno);
  const place = findPlace(env, reg);
  if (place === undefined) return EFAULT;
  const { frame, spi } = place;
  let err = destroyDynptrAt(env, frame, spi);
  if (err === 0) err = destroyDynptrAt(env, frame, spi - 1);
  if (err !== 0) return err;
  const id = newId(env);
  const refObjId = shared?.refObjId ?? (type === DYNPTR_TYPE_RINGBUF ? acquireReference(env, env.insnIdx) : 0);
  for (const [at, firstSlot] of [[spi, true], [spi - 1, false]] as const) {
    const spilled = pointerReg(CONST_PTR_TO_DYNPTR, { id, refObjId, extra: { dynptrType: type, firstSlot } });
    frame.stack[at] = { types: allSlotTypes(STACK_DYNPTR), spilled };
    scratchSlot(env, at);
    env.liveStack.markWrite(frame.frameno, at);
  }
  return 0;
}

/** The dynptr in a register is given back, and all that share its reference. */
export function releaseDynptr(env: Env, regno: number): Errno {
  const reg = getReg(env, regno);
  const place = findPlace(env, reg);
  if (place === undefined) return EINVAL;
  const { spilled } = place.frame.stack[place.spi] as StackSlot;
  const err = releaseReference(env, spilled.refObjId);
  if (err !== 0) return err;
  for (const frame of env.cur.frames) {
    frame.stack.forEach((slot, spi) => {
      if (slotType(slot, 7) !== STACK_DYNPTR || slot.spilled.extra?.firstSlot !== true) return;
      if (slot.spilled.refObjId !== spilled.refObjId) return;
      invalidateSlices(env, slot.spilled.id);
      clearDynptr(env, frame, spi);
    });
  }
  return 0;
}
