// Where does a packet begin and end, and how much room is around it?
import type { VmMemory } from './memory.ts';

/** Bytes after the frame that the kernel keeps for itself (`struct skb_shared_info`). */
const SHARED_INFO = 320;
/** Bytes before the data that the kernel keeps for itself (`struct xdp_frame`). */
const FRAME_HEADER = 40;
/** Smallest packet that programs may leave. */
const ETH_HLEN = 14;
/** Longest metadata before a packet. */
const MAX_META = 252;

/** Room around a packet. */
export interface PacketRoom {
  /** Bytes before the data. */
  readonly headroom: number;
  /** Bytes after it that it may grow into. */
  readonly tailroom: number;
}

/**
 * A packet in the machine's memory: `[meta … data … end)` may be accessed, what is around it is room to grow.
 * Positions are addresses.
 */
export class Packet {
  readonly memory: VmMemory;
  /** First byte of the headroom. */
  readonly start: number;
  /** One past the last byte the packet may grow to. */
  readonly limit: number;
  meta: number;
  data: number;
  end: number;

  private constructor(memory: VmMemory, start: number, limit: number, meta: number, data: number, end: number) {
    this.memory = memory;
    this.start = start;
    this.limit = limit;
    this.meta = meta;
    this.data = data;
    this.end = end;
    this.memory.protect(meta, end - meta, true, true);
  }

  /**
   * @param bytes metadata followed by data
   * @param metaSize bytes of metadata
   * @returns undefined when memory is used up
   */
  static create(memory: VmMemory, bytes: Uint8Array, metaSize: number, room: PacketRoom): Packet | undefined {
    const size = room.headroom + bytes.length + room.tailroom;
    const start = memory.allocate(size, { what: 'packet', mapped: false });
    if (start === undefined) return undefined;
    const meta = start + room.headroom;
    memory.bytes.set(bytes, meta);
    return new Packet(memory, start, start + size, meta, meta + metaSize, meta + bytes.length);
  }

  /** Room of an XDP frame of one page. */
  static xdpRoom(size: number): PacketRoom {
    const headroom = 256;
    return { headroom, tailroom: Math.max(0, 4096 - headroom - size - SHARED_INFO) };
  }

  /** Bytes of data. */
  get length(): number {
    return this.end - this.data;
  }

  /** A copy of the data. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.memory.copyOut(this.data, this.length);
  }

  /** A copy of the metadata and the data. */
  bytesWithMeta(): Uint8Array<ArrayBuffer> {
    return this.memory.copyOut(this.meta, this.end - this.meta);
  }

  /** Moves the first byte; negative grows. The metadata moves along. @returns whether there was room */
  adjustHead(delta: number): boolean {
    const metaSize = this.data - this.meta;
    const data = this.data + delta;
    if (data < this.start + FRAME_HEADER + metaSize || data > this.end - ETH_HLEN) return false;
    if (metaSize > 0) this.memory.bytes.copyWithin(this.meta + delta, this.meta, this.data);
    this.#move(data - metaSize, data, this.end);
    return true;
  }

  /** Moves the end; positive grows, with zeros. @returns whether there was room */
  adjustTail(delta: number): boolean {
    const end = this.end + delta;
    if (end > this.limit || end < this.data + ETH_HLEN) return false;
    if (delta > 0) this.memory.bytes.fill(0, this.end, end);
    this.#move(this.meta, this.data, end);
    return true;
  }

  /** Moves the start of the metadata; negative grows. @returns 'room' or 'size' for what is wrong */
  adjustMeta(delta: number): 'room' | 'size' | undefined {
    const meta = this.meta + delta;
    if (meta < this.start + FRAME_HEADER || meta > this.data) return 'room';
    const size = this.data - meta;
    if (size % 4 !== 0 || size > MAX_META) return 'size';
    this.#move(meta, this.data, this.end);
    return undefined;
  }

  /** Opens (positive) or closes a gap at byte `off` of the data, growing into the headroom. @returns whether there was room */
  adjustRoom(off: number, delta: number): boolean {
    const data = this.data - delta;
    if (data < this.start || data > this.end - off) return false;
    this.memory.bytes.copyWithin(data, this.data, this.data + off);
    if (delta > 0) this.memory.bytes.fill(0, data + off, data + off + delta);
    this.#move(data, data, this.end);
    return true;
  }

  /** Sets the length of the data. @returns whether there was room */
  resize(length: number): boolean {
    const end = this.data + length;
    if (end > this.limit || length < 0) return false;
    if (end > this.end) this.memory.bytes.fill(0, this.end, end);
    this.#move(this.meta, this.data, end);
    return true;
  }

  /** Gives its memory back. */
  dispose(): void {
    this.memory.free(this.start);
  }

  #move(meta: number, data: number, end: number): void {
    this.memory.protect(this.meta, this.end - this.meta, false, false);
    this.meta = meta;
    this.data = data;
    this.end = end;
    this.memory.protect(meta, end - meta, true, true);
  }
}
