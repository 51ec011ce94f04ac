// What can be addressed, and what stands there?

/** The first byte that may be mapped. An offset of 16 bits from a 32-bit base can wrap into what is below, never beyond. */
export const FIRST_ADDRESS = 0x1_0000;

/** Unmapped bytes kept after every region, so that running over an end is seen. */
const REDZONE = 16;

const FIRST_SIZE = 0x4_0000;

/** A piece of memory with a name. */
export interface Region {
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** For faults, e.g. `map counters`. */
  readonly what: string;
}

/** Where to put a region and who may write it. */
export interface AllocateOptions {
  /** For faults. */
  readonly what: string;
  /** False for read-only data. Default true. */
  readonly writable?: boolean;
  /** False leaves the bytes unmapped until `protect`. Default true. */
  readonly mapped?: boolean;
}

/**
 * One linear memory for everything a program can see: stack, context, packets, map values.
 * Addresses are 32 bits wide, so they fit the 32-bit pointer fields of UAPI contexts.
 *
 * Two bit maps say, for each byte, whether it may be read and whether it may be written. An access of up to 8 bytes
 * spans at most two bytes of a bit map, so a check is two loads, a shift and a comparison, with no search:
 *
 *     ((readable[addr >>> 3] | readable[(addr >>> 3) + 1] << 8) >>> (addr & 7) & mask) === mask
 *
 * The arrays are replaced when memory grows: take them afresh after anything that may allocate.
 */
export class VmMemory {
  /** All bytes, little-endian. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  data: DataView<ArrayBuffer>;
  /** One bit a byte: may it be read? */
  readable: Uint8Array<ArrayBuffer>;
  /** One bit a byte: may it be written? */
  writable: Uint8Array<ArrayBuffer>;
  readonly #limit: number;
  readonly #regions = new Map<number, Region>();
  /** Free gaps, ascending, never adjacent. */
  #free: { address: number; size: number }[];

  /** @param limit most bytes this memory may grow to */
  constructor(limit: number) {
    this.#limit = Math.min(Math.max(limit, FIRST_SIZE), 0x4000_0000);
    this.bytes = new Uint8Array(FIRST_SIZE);
    this.data = new DataView(this.bytes.buffer);
    this.readable = new Uint8Array(FIRST_SIZE / 8 + 1);
    this.writable = new Uint8Array(FIRST_SIZE / 8 + 1);
    this.#free = [{ address: FIRST_ADDRESS, size: FIRST_SIZE - FIRST_ADDRESS }];
  }

  /** Bytes of regions in use, redzones not counted. */
  get used(): number {
    let sum = 0;
    for (const region of this.#regions.values()) sum += region.size;
    return sum;
  }

  /**
   * Allocates zeroed bytes, aligned to 8.
   *
   * @returns the address, or undefined when the limit is reached
   */
  allocate(size: number, options: AllocateOptions): number | undefined {
    const need = Math.ceil(Math.max(size, 1) / 8) * 8 + REDZONE;
    let at = this.#free.findIndex((gap) => gap.size >= need);
    if (at < 0) {
      if (!this.#grow(need)) return undefined;
      at = this.#free.length - 1;
    }
    const gap = this.#free[at] as { address: number; size: number };
    const address = gap.address;
    gap.address += need;
    gap.size -= need;
    if (gap.size === 0) this.#free.splice(at, 1);
    this.#regions.set(address, { address, size, what: options.what });
    this.bytes.fill(0, address, address + size);
    if (options.mapped !== false) this.protect(address, size, true, options.writable !== false);
    return address;
  }

  /** Gives a region back. Nothing happens when `address` starts none. */
  free(address: number): void {
    const region = this.#regions.get(address);
    if (region === undefined) return;
    this.#regions.delete(address);
    this.protect(address, region.size, false, false);
    const size = Math.ceil(Math.max(region.size, 1) / 8) * 8 + REDZONE;
    let at = this.#free.findIndex((gap) => gap.address > address);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { address, size });
    this.#merge(at);
    this.#merge(at - 1);
  }

  /** Says who may do what with some bytes. */
  protect(address: number, size: number, readable: boolean, writable: boolean): void {
    setBits(this.readable, address, size, readable);
    setBits(this.writable, address, size, writable);
  }

  /** Whether all of `size` bytes (any number) may be read. */
  isReadable(address: number, size: number): boolean {
    return hasBits(this.readable, address, size);
  }

  /** Whether all of `size` bytes (any number) may be written. */
  isWritable(address: number, size: number): boolean {
    return hasBits(this.writable, address, size);
  }

  /** The region that holds an address, or ends within a redzone before it. */
  findRegion(address: number): Region | undefined {
    for (const region of this.#regions.values()) {
      if (address >= region.address && address < region.address + region.size + REDZONE) return region;
    }
    return undefined;
  }

  /** A copy of `size` bytes, unchecked. */
  copyOut(address: number, size: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(address, address + size);
  }

  #merge(at: number): void {
    const gap = this.#free[at];
    const next = this.#free[at + 1];
    if (gap === undefined || next === undefined || gap.address + gap.size !== next.address) return;
    gap.size += next.size;
    this.#free.splice(at + 1, 1);
  }

  /** Doubles, or more where that is not enough, never beyond the limit. */
  #grow(need: number): boolean {
    const old = this.bytes.length;
    const last = this.#free[this.#free.length - 1];
    const open = last !== undefined && last.address + last.size === old ? last.size : 0;
    const least = Math.ceil((old + need - open) / 0x1_0000) * 0x1_0000;
    if (least > this.#limit) return false;
    const size = Math.max(least, Math.min(old * 2, this.#limit));
    this.bytes = enlarge(this.bytes, size);
    this.data = new DataView(this.bytes.buffer);
    this.readable = enlarge(this.readable, size / 8 + 1);
    this.writable = enlarge(this.writable, size / 8 + 1);
    this.#free.push({ address: old, size: size - old });
    this.#merge(this.#free.length - 2);
    return true;
  }
}

function enlarge(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

/** Sets or clears one bit for each byte of a range. */
function setBits(bits: Uint8Array, address: number, size: number, on: boolean): void {
  let at = address;
  const end = address + size;
  while (at < end && (at & 7) !== 0) setBit(bits, at++, on);
  const whole = end - ((end - at) & 7);
  if (at < whole) bits.fill(on ? 0xff : 0, at >>> 3, whole >>> 3);
  for (at = Math.max(at, whole); at < end; at++) setBit(bits, at, on);
}

function setBit(bits: Uint8Array, address: number, on: boolean): void {
  const byte = bits[address >>> 3] ?? 0;
  bits[address >>> 3] = on ? byte | (1 << (address & 7)) : byte & ~(1 << (address & 7));
}

function hasBits(bits: Uint8Array, address: number, size: number): boolean {
  if (size <= 8) {
    const at = address >>> 3;
    if (address < 0 || at + 1 >= bits.length) return size === 0;
    const mask = (1 << size) - 1;
    return ((bits[at]! | bits[at + 1]! << 8) >>> (address & 7) & mask) === mask;
  }
  const end = address + size;
  if (address < 0 || end > (bits.length - 1) * 8) return false;
  let at = address;
  for (; at < end && (at & 7) !== 0; at++) if (((bits[at >>> 3] as number) >>> (at & 7) & 1) === 0) return false;
  for (; at + 8 <= end; at += 8) if (bits[at >>> 3] !== 0xff) return false;
  for (; at < end; at++) if (((bits[at >>> 3] as number) >>> (at & 7) & 1) === 0) return false;
  return true;
}
