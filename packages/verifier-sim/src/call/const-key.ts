// Is the key of this lookup known?
import { constValue, isConst } from '../domain/index.ts';
import { getReg } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { PTR_TO_STACK, SCALAR } from '../state/reg.ts';
import { isSpilled, slotType, STACK_SPILL, STACK_ZERO } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { regFrame } from '../state/state.ts';

const SLOT_BYTES = 8;

/** Bytes of one kind from `byteIdx` downwards in index, upwards in address. */
function runLength(slot: StackSlot, byteIdx: number, type: number): number {
  let length = 0;
  while (byteIdx - length >= 0 && slotType(slot, byteIdx - length) === type) length++;
  return length;
}

/** The key, and the stack slot whose number must be precise for it; -1 when none. */
export interface ConstKey {
  readonly value: bigint;
  readonly frameno: number;
  readonly spi: number;
}

/**
 * Reads a key of `keySize` bytes on the stack behind register `regno`, when it is one known number.
 */
export function findConstKey(env: Env, regno: number, keySize: number): ConstKey | undefined {
  const reg = getReg(env, regno);
  if (reg.type !== PTR_TO_STACK || !isConst(reg.scalar)) return undefined;
  const below = -(reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value))) - 1;
  const spi = Math.floor(below / SLOT_BYTES);
  const byteIdx = below % SLOT_BYTES;
  const slot = regFrame(env.cur, reg).stack[spi];
  if (slot === undefined) return undefined;
  if (runLength(slot, byteIdx, STACK_ZERO) >= keySize) return { value: 0n, frameno: reg.frameno, spi: -1 };
  if (!isSpilled(slot) || slot.spilled.type !== SCALAR) return undefined;
  if (runLength(slot, byteIdx, STACK_SPILL) !== keySize || !isConst(slot.spilled.scalar)) return undefined;
  return { value: constValue(slot.spilled.scalar), frameno: reg.frameno, spi };
}
