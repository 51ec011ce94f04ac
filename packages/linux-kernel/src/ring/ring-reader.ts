// How are the records of a ring buffer read where the program wrote them?
import type { RingReader } from '@rootlet/loader';
import { BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT, BPF_RINGBUF_HDR_SZ } from '@rootlet/uapi';
import { Mapping } from './mapping.ts';
import type { NativeIo } from './native.ts';

const LENGTH_MASK = ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
/** Loads are never reordered on x86; elsewhere what a header says must be known before the record is looked at. */
const ORDERED_LOADS = process.arch === 'x64';

/**
 * A ring buffer. The kernel maps:
 *
 *     page 0   consumer position, ours to write
 *     page 1   producer position, read-only
 *     page 2…  the ring, read-only, twice: a record that runs over the end goes on in the second copy
 *
 * A record is a header of 8 bytes, whose first word is the length with BUSY and DISCARD as top bits, and data, padded to 8.
 *
 * What was read is given back when a quarter of the ring was, and when nothing is left. Only then may the reader wait: the
 * program wakes it when the record it commits is the one that the consumer position points at. The store of the position and
 * the load after it are sequentially consistent, so that one of both sides sees the other.
 */
export class LinuxRing implements RingReader {
  readonly mapFd: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  byteOff = 0;
  byteLength = 0;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumerPosition: BigInt64Array;
  readonly #producerPosition: BigInt64Array;
  /** The ring, by word. */
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #batch: number;
  /** Bytes given back to the program. */
  #published: number;
  /** Bytes read since, the current record's not counted. Small integers: the loop runs a hundred million times a second. */
  #unpublished = 0;
  /** Bytes produced and not read, when we last looked. */
  #left = 0;
  /** Where the next header is in the ring. */
  #ringOff: number;
  /** Bytes of the current record with header and padding; 0 when there is none. */
  #space = 0;

  /** @throws KernelError when the map cannot be mapped */
  constructor(native: NativeIo, mapFd: number, size: number) {
    const { pageSize } = native;
    this.mapFd = mapFd;
    this.size = size;
    this.#consumer = new Mapping(native, mapFd, 0, pageSize, true);
    try {
      this.#producer = new Mapping(native, mapFd, pageSize, pageSize + 2 * size, false);
    } catch (error) {
      this.#consumer.close();
      throw error;
    }
    this.#consumerPosition = new BigInt64Array(this.#consumer.buffer, 0, 1);
    this.#producerPosition = new BigInt64Array(this.#producer.buffer, 0, 1);
    this.bytes = new Uint8Array(this.#producer.buffer, pageSize, 2 * size);
    this.#words = new Int32Array(this.#producer.buffer, pageSize, size / 2);
    this.#mask = size - 1;
    this.#batch = size / 4;
    this.#published = this.consumerPosition;
    this.#ringOff = this.#published % size;
  }

  get consumerPosition(): number {
    return Number(Atomics.load(this.#consumerPosition, 0));
  }

  get producerPosition(): number {
    return Number(Atomics.load(this.#producerPosition, 0));
  }

  next(): boolean {
    this.#skip(this.#space);
    this.#space = 0;
    if (this.#unpublished >= this.#batch) this.#publish();
    for (;;) {
      if (this.#left <= 0 && !this.#look()) return false;
      const at = this.#ringOff >>> 2;
      let header = ORDERED_LOADS ? (this.#words[at] ?? 0) : Atomics.load(this.#words, at);
      if ((header & BPF_RINGBUF_BUSY_BIT) !== 0) {
        this.#publish();
        header = Atomics.load(this.#words, at);
        if ((header & BPF_RINGBUF_BUSY_BIT) !== 0) return false;
      }
      const length = header & LENGTH_MASK;
      const space = (length + BPF_RINGBUF_HDR_SZ + 7) & ~7;
      if ((header & BPF_RINGBUF_DISCARD_BIT) !== 0) {
        this.#skip(space);
        continue;
      }
      this.#space = space;
      this.byteOff = this.#ringOff + BPF_RINGBUF_HDR_SZ;
      this.byteLength = length;
      return true;
    }
  }

  drain(onRecord: (bytes: Uint8Array, byteOff: number, byteLength: number) => void, limit: number): number {
    this.#skip(this.#space);
    this.#space = 0;
    const words = this.#words;
    const { bytes } = this;
    const mask = this.#mask;
    const batch = this.#batch;
    let count = 0;
    while (count < limit && this.#consumer.isOpen) {
      if (this.#unpublished >= batch) this.#publish();
      if (this.#left <= 0 && !this.#look()) break;
      const ringOff = this.#ringOff;
      const at = ringOff >>> 2;
      let header = ORDERED_LOADS ? (words[at] as number) : Atomics.load(words, at);
      // BUSY is the sign.
      if (header < 0) {
        this.#publish();
        header = Atomics.load(words, at);
        if (header < 0) break;
      }
      const length = header & LENGTH_MASK;
      const space = (length + BPF_RINGBUF_HDR_SZ + 7) & ~7;
      // Read as of now, and given back before the next one at the earliest.
      this.#left -= space;
      this.#unpublished += space;
      this.#ringOff = (ringOff + space) & mask;
      if ((header & BPF_RINGBUF_DISCARD_BIT) !== 0) continue;
      count++;
      onRecord(bytes, ringOff + BPF_RINGBUF_HDR_SZ, length);
    }
    return count;
  }

  release(): void {
    this.#skip(this.#space);
    this.#space = 0;
    this.#publish();
  }

  close(): void {
    if (!this.#consumer.isOpen) return;
    this.release();
    this.#consumer.close();
    this.#producer.close();
    // Zeros from now on: nothing is ready any more.
    this.#published = 0;
    this.#left = 0;
  }

  #skip(space: number): void {
    this.#left -= space;
    this.#unpublished += space;
    this.#ringOff = (this.#ringOff + space) & this.#mask;
  }

  #publish(): void {
    if (this.#unpublished === 0) return;
    this.#published += this.#unpublished;
    this.#unpublished = 0;
    Atomics.store(this.#consumerPosition, 0, BigInt(this.#published));
  }

  /** Looks how far the producer is. @returns whether it is beyond us */
  #look(): boolean {
    this.#publish();
    this.#left = this.producerPosition - this.#published;
    return this.#left > 0;
  }
}
