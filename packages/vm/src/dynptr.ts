// What is a dynptr in the program's memory?
import type { Machine } from './machine.ts';
import { packetArgument } from './helpers/skb.ts';

/**
 * A dynptr is 16 bytes that only helpers and kernel functions read, made up here: where its memory begins, how many bytes of it are
 * left, what it is, and how far into the memory it begins. Without memory it is all zeros. One over the packet is found anew each time.
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
  /** Address of the memory, which a record is given back by; 0 for the packet. */
  readonly base: number;
  /** Bytes from there to its first byte. */
  readonly skipped: number;
  /** Bytes from its first byte on. */
  readonly size: number;
}

const NOTHING: Dynptr = { over: 0, readOnly: false, base: 0, skipped: 0, size: 0 };

/** Argument `n` as a dynptr; undefined after setting a fault. */
export function dynptrArgument(m: Machine, n: number): Dynptr | undefined {
  const at = m.readPtr(n, DYNPTR_BYTES);
  if (at < 0) return undefined;
  const { data } = m.memory;
  const kind = data.getUint32(at + 8, true);
  const [base, size, skipped] = [data.getUint32(at, true), data.getUint32(at + 4, true), data.getUint32(at + 12, true)];
  return { over: kind & ~READ_ONLY, readOnly: (kind & READ_ONLY) !== 0, base, skipped, size };
}

/** Writes one; without one all zeros. @param at address of 16 bytes */
export function setDynptr(m: Machine, at: number, { over, readOnly, base, skipped, size }: Dynptr = NOTHING): void {
  const { data } = m.memory;
  data.setUint32(at, base, true);
  data.setUint32(at + 4, size, true);
  data.setUint32(at + 8, over | (readOnly ? READ_ONLY : 0), true);
  data.setUint32(at + 12, skipped, true);
}

/** One over memory that may be written. */
export function overMemory(base: number, size: number): Dynptr {
  return { over: OVER_MEMORY, readOnly: false, base, skipped: 0, size };
}

/** Whether so many bytes from an offset are within it. */
export function isWithin({ size }: Dynptr, offset: number, length: number): boolean {
  return offset + length <= size;
}

/** Where so many of its bytes are; -1 where the packet has become shorter. */
export function addressOf(m: Machine, { over, base, skipped }: Dynptr, offset: number, length: number): number {
  const at = skipped + offset;
  if (over === OVER_MEMORY) return base + at;
  const packet = m.context?.packet;
  return packet === undefined || at + length > packet.length ? -1 : packet.data + at;
}

/** The whole packet behind argument 1; undefined after setting a fault. */
export function overPacket(m: Machine, over: number, readOnly: boolean): Dynptr | undefined {
  const packet = packetArgument(m);
  return packet === undefined ? undefined : { over, readOnly, base: 0, skipped: 0, size: packet.length };
}
