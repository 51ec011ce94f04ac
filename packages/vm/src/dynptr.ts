// What is a dynptr in the program's memory?
import type { Machine } from './machine.ts';
import { packetArgument } from './helpers/skb.ts';

/**
 * A dynptr is 16 bytes that only helpers and kernel functions read, made up here: where it begins, how many bytes, what it is, and
 * nothing. Without memory it is all zeros. One over the packet begins so far into it, wherever that is by then.
 */
export const DYNPTR_BYTES = 16;
/** Most bytes that one describes. */
export const MOST_BYTES = 0xff_ffff;

/** Over memory, or over the packet of an XDP frame or a socket buffer; and whether it may be written. */
export const OVER_MEMORY = 1;
export const OVER_FRAME = 2;
export const OVER_SKB = 3;
const READ_ONLY = 4;

export interface Dynptr {
  /** `OVER_*`; 0 for none. */
  readonly over: number;
  readonly readOnly: boolean;
  /** Address, or place in the packet, bytes. */
  readonly start: number;
  readonly size: number;
}

const NOTHING: Dynptr = { over: 0, readOnly: false, start: 0, size: 0 };

/** Argument `n` as a dynptr; undefined after setting a fault. */
export function dynptrArgument(m: Machine, n: number): Dynptr | undefined {
  const at = m.readPtr(n, DYNPTR_BYTES);
  if (at < 0) return undefined;
  const { data } = m.memory;
  const kind = data.getUint32(at + 8, true);
  return { over: kind & ~READ_ONLY, readOnly: (kind & READ_ONLY) !== 0, start: data.getUint32(at, true), size: data.getUint32(at + 4, true) };
}

/** Writes one; without one all zeros. @param at address of 16 bytes */
export function setDynptr(m: Machine, at: number, { over, readOnly, start, size }: Dynptr = NOTHING): void {
  m.memory.bytes.fill(0, at, at + DYNPTR_BYTES);
  m.memory.data.setUint32(at, start, true);
  m.memory.data.setUint32(at + 4, size, true);
  m.memory.data.setUint32(at + 8, over | (readOnly ? READ_ONLY : 0), true);
}

/** One over memory that may be written. */
export function overMemory(start: number, size: number): Dynptr {
  return { over: OVER_MEMORY, readOnly: false, start, size };
}

/** Whether so many bytes from an offset are within it. */
export function isWithin({ size }: Dynptr, offset: number, length: number): boolean {
  return offset + length <= size;
}

/** Where so many of its bytes are; -1 where the packet has become shorter. */
export function addressOf(m: Machine, { over, start }: Dynptr, offset: number, length: number): number {
  if (over === OVER_MEMORY) return start + offset;
  const packet = m.context?.packet;
  return packet === undefined || start + offset + length > packet.length ? -1 : packet.data + start + offset;
}

/** The whole packet behind argument 1; undefined after setting a fault. */
export function overPacket(m: Machine, over: number, readOnly: boolean): Dynptr | undefined {
  const packet = packetArgument(m);
  return packet === undefined ? undefined : { over, readOnly, start: 0, size: packet.length };
}
