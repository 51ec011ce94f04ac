// Does a store destroy a dynptr, iterator or saved flags on the stack?
import { mapRegisters } from '../state/registers.ts';
import { EINVAL, reject, scratchSlot } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_MAYBE_NULL, PTR_TO_MEM, REG_NOT_INIT, REG_UNKNOWN } from '../state/reg.ts';
import { allSlotTypes, slotType, STACK_DYNPTR, STACK_INVALID } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import type { Frame } from '../state/state.ts';

/** Slot of the dynptr's first half, the one at the lower address; undefined when there is no dynptr. */
function firstSlotOf(frame: Frame, spi: number): number | undefined {
  const slot = frame.stack[spi];
  if (slot === undefined || slotType(slot, 7) !== STACK_DYNPTR) return undefined;
  return slot.spilled.extra?.firstSlot === true ? spi : spi + 1;
}

/** What `bpf_dynptr_data` gave is a mere number without the dynptr. Slices, whose type says which kind of dynptr they are of, the kernel overlooks. */
export function invalidateSlices(env: Env, dynptrId: number): void {
  mapRegisters(env.cur, (reg) => {
    const isData = reg.type === PTR_TO_MEM && (reg.flags & ~PTR_MAYBE_NULL) === 0;
    return isData && reg.extra?.dynptrId === dynptrId ? REG_UNKNOWN : reg;
  });
}

/** Both halves become what nothing was written to. */
export function clearDynptr(env: Env, frame: Frame, first: number): void {
  for (const spi of [first, first - 1]) {
    frame.stack[spi] = { types: allSlotTypes(STACK_INVALID), spilled: REG_NOT_INIT };
    scratchSlot(env, spi);
    env.liveStack.markWrite(frame.frameno, spi);
  }
}

/** A dynptr loses its meaning when part of it is overwritten; one that must be given back may not. */
export function destroyDynptrAt(env: Env, frame: Frame, spi: number): Errno {
  const first = firstSlotOf(frame, spi);
  if (first === undefined) return 0;
  const { spilled } = frame.stack[first] as StackSlot;
  // Older kernels forget what stood there, half of it and its slices stay.
  if (spilled.refObjId === 0 && !env.profile.features.overwrittenDynptrs) return 0;
  if (spilled.refObjId !== 0) {
    return reject(env, EINVAL, 'cannot overwrite referenced dynptr\n');
  }
  clearDynptr(env, frame, first);
  invalidateSlices(env, spilled.id);
  return 0;
}
