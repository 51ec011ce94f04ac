// What does one stack slot hold?
import { REG_NOT_INIT } from './reg.ts';
import type { Reg } from './reg.ts';

/** Kinds of the eight bytes of a slot, four bits each in {@link StackSlot.types}. */
export const STACK_INVALID = 0;
export const STACK_SPILL = 1;
export const STACK_MISC = 2;
export const STACK_ZERO = 3;
export const STACK_DYNPTR = 4;
export const STACK_ITER = 5;
export const STACK_IRQ_FLAG = 6;

/** Eight bytes of stack. Immutable and shared, as registers. */
export interface StackSlot {
  /** Kind of byte `i` in bits `4*i` to `4*i+3`; byte 0 has the **highest** address, as the kernel's log prints them. Unsigned 32 bit. */
  readonly types: number;
  /** The register spilled here, `REG_NOT_INIT` when none; also dynptr and iterator state. */
  readonly spilled: Reg;
}

/** A slot nothing was written to. */
export const SLOT_INVALID: StackSlot = { types: 0, spilled: REG_NOT_INIT };

/** Kind of byte `byteIdx` (0–7, highest address first). */
export function slotType(slot: StackSlot, byteIdx: number): number {
  return (slot.types >>> (byteIdx * 4)) & 0xf;
}

/** `types` with byte `byteIdx` of kind `type`. */
export function withSlotType(types: number, byteIdx: number, type: number): number {
  return ((types & ~(0xf << (byteIdx * 4))) | (type << (byteIdx * 4))) >>> 0;
}

/** `types` with all eight bytes of one kind. */
export function allSlotTypes(type: number): number {
  return (type * 0x1111_1111) >>> 0;
}

/** Whether a register is spilled here, possibly a narrow one. As in the kernel, the byte at the lowest address tells. */
export function isSpilled(slot: StackSlot): boolean {
  return slot.types >>> 28 === STACK_SPILL;
}
