// Which slot does a byte of the stack lie in?
import { slotType, STACK_INVALID } from '../state/stack.ts';
import type { Frame } from '../state/state.ts';

/** Slot of the byte at `off` (negative, from the frame pointer). */
export function slotOf(off: number): number {
  return (-off - 1) >> 3;
}

/** Kind of the byte at `off`. */
export function byteType(frame: Frame, off: number): number {
  const slot = frame.stack[slotOf(off)];
  return slot === undefined ? STACK_INVALID : slotType(slot, (-off - 1) & 7);
}
