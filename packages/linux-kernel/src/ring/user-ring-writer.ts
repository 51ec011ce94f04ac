// How are samples put where a program will drain them?
import { KernelError } from '@rootlet/loader';
import type { RingWriter } from '@rootlet/loader';
import { BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT, BPF_RINGBUF_HDR_SZ, E2BIG, EINVAL } from '@rootlet/uapi';
import { Mapping } from './mapping.ts';
import type { NativeIo } from './native.ts';

/** What was reserved: where its header is, by word, and how long it is. */
interface Reservation {
  readonly word: number;
  readonly byteLength: number;
}

/**
 * A user ring buffer: a ring buffer turned around. The kernel maps the consumer position read-only at page 0, the producer
 * position at page 1, and from page 2 on the ring twice, both writable.
 */
export class LinuxUserRing implements RingWriter {
  readonly mapFd: number;
  readonly size: number;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #pageSize: number;
  readonly #consumerPosition: BigInt64Array;
  readonly #producerPosition: BigInt64Array;
  /** The ring, by word. */
  readonly #words: Int32Array;
  readonly #reserved = new Map<Uint8Array, Reservation>();
  /** Bytes ever reserved. */
  #position: number;

  /** @throws KernelError when the map cannot be mapped */
  constructor(native: NativeIo, mapFd: number, size: number) {
    const { pageSize } = native;
    this.mapFd = mapFd;
    this.size = size;
    this.#pageSize = pageSize;
    this.#consumer = new Mapping(native, mapFd, 0, pageSize, false);
    try {
      this.#producer = new Mapping(native, mapFd, pageSize, pageSize + 2 * size, true);
    } catch (error) {
      this.#consumer.close();
      throw error;
    }
    this.#consumerPosition = new BigInt64Array(this.#consumer.buffer, 0, 1);
    this.#producerPosition = new BigInt64Array(this.#producer.buffer, 0, 1);
    this.#words = new Int32Array(this.#producer.buffer, pageSize, size / 2);
    this.#position = Number(Atomics.load(this.#producerPosition, 0));
  }

  reserve(byteLength: number): Uint8Array | undefined {
    const space = Math.ceil((byteLength + BPF_RINGBUF_HDR_SZ) / 8) * 8;
    if (!Number.isInteger(byteLength) || byteLength < 0) throw this.#error('reserve', EINVAL, `${byteLength} bytes`);
    if (space > this.size) throw this.#error('reserve', E2BIG, `${byteLength} bytes in a ring of ${this.size}`);
    if (!this.#consumer.isOpen) throw this.#error('reserve', EINVAL, 'it is closed');
    const used = this.#position - Number(Atomics.load(this.#consumerPosition, 0));
    if (this.size - used < space) return undefined;
    const ringOff = this.#position % this.size;
    const word = ringOff >>> 2;
    // The drain stops at a header that is busy, so it is written before the position says that it is there.
    Atomics.store(this.#words, word + 1, 0);
    Atomics.store(this.#words, word, byteLength | BPF_RINGBUF_BUSY_BIT);
    this.#position += space;
    Atomics.store(this.#producerPosition, 0, BigInt(this.#position));
    const sample = new Uint8Array(this.#producer.buffer, this.#pageSize + ringOff + BPF_RINGBUF_HDR_SZ, byteLength);
    this.#reserved.set(sample, { word, byteLength });
    return sample;
  }

  submit(sample: Uint8Array): void {
    this.#finish('submit', sample, 0);
  }

  discard(sample: Uint8Array): void {
    this.#finish('discard', sample, BPF_RINGBUF_DISCARD_BIT);
  }

  close(): void {
    if (!this.#consumer.isOpen) return;
    // A header that stays busy would block whoever drains the ring, also for the next producer.
    for (const sample of [...this.#reserved.keys()]) this.discard(sample);
    this.#consumer.close();
    this.#producer.close();
  }

  #finish(operation: string, sample: Uint8Array, flag: number): void {
    const reservation = this.#reserved.get(sample);
    if (reservation === undefined) throw this.#error(operation, EINVAL, 'no such sample is reserved');
    this.#reserved.delete(sample);
    Atomics.store(this.#words, reservation.word, reservation.byteLength | flag);
  }

  #error(operation: string, errno: number, problem: string): KernelError {
    return new KernelError(`user ring buffer ${operation}`, errno, problem);
  }
}
