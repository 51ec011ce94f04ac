// How are records that programs put into ring buffers consumed?
import { KernelError } from '@rootlet/loader';
import type { RingReader } from '@rootlet/loader';
import { EBUSY, EINVAL } from '@rootlet/uapi';
import { streamsOf } from './map-ref.ts';
import type { AbortSignalLike, MapRef, StreamOptions } from './map-ref.ts';
import { BURST, nextTurn, rest, StreamWait, TURN_MS } from './wait.ts';

/**
 * Takes a record.
 *
 * @param record its bytes where the program wrote them: valid until the callback returns, and to be read only
 */
export type RecordCallback = (record: Uint8Array, ring: Ring) => void;

/** Takes a record without a view of its own, which costs more than the record itself. */
export type RawRecordCallback = (bytes: Uint8Array, byteOff: number, byteLength: number) => void;

/** One record of several rings. */
export interface RingRecord {
  readonly ring: Ring;
  readonly data: Uint8Array;
}

/**
 * One of the ring buffers of a {@link RingBuffer}.
 *
 * @libbpf struct ring
 */
export class Ring {
  readonly #reader: RingReader;
  readonly #onRecord: RecordCallback | undefined;
  /** Somebody is at a record, which moving on would take away. */
  #busy = false;

  constructor(reader: RingReader, onRecord: RecordCallback | undefined) {
    this.#reader = reader;
    this.#onRecord = onRecord;
  }

  /** @libbpf ring__map_fd */
  get mapFd(): number {
    return this.#reader.mapFd;
  }

  /** Bytes that it holds. @libbpf ring__size */
  get size(): number {
    return this.#reader.size;
  }

  /** Bytes ever consumed. @libbpf ring__consumer_pos */
  get consumerPosition(): number {
    return this.#reader.consumerPosition;
  }

  /** Bytes ever produced, headers and what is being written included. @libbpf ring__producer_pos */
  get producerPosition(): number {
    return this.#reader.producerPosition;
  }

  /** Bytes produced and not consumed. @libbpf ring__avail_data_size */
  get availableSize(): number {
    return this.#reader.producerPosition - this.#reader.consumerPosition;
  }

  /**
   * Hands what is there to the callback, without waiting. A callback that throws ends it; its record is consumed.
   *
   * @param limit most records
   * @returns number of records
   * @throws KernelError `EBUSY` in the middle of another consumption
   * @libbpf ring__consume, ring__consume_n
   */
  consume(limit: number = Infinity): number {
    const onRecord = this.#onRecord;
    if (onRecord === undefined) throw new KernelError('ring buffer consume', EINVAL, 'no callback was given for this ring');
    const reader = this.#begin();
    let count = 0;
    try {
      while (count < limit && reader.next()) {
        count++;
        onRecord(new Uint8Array(reader.bytes.buffer, reader.bytes.byteOffset + reader.byteOff, reader.byteLength), this);
      }
    } finally {
      this.#end();
    }
    return count;
  }

  /** The fastest way to consume: see {@link RawRecordCallback}. */
  consumeRaw(onRecord: RawRecordCallback, limit: number = Infinity): number {
    const reader = this.#begin();
    let count = 0;
    try {
      if (reader.drain !== undefined) return reader.drain(onRecord, limit);
      while (count < limit && reader.next()) {
        count++;
        onRecord(reader.bytes, reader.byteOff, reader.byteLength);
      }
    } finally {
      this.#end();
    }
    return count;
  }

  /** Up to `limit` records that are there. The caller must come to the end, or return. @internal */
  *take(limit: number): Generator<Uint8Array, number, void> {
    const reader = this.#begin();
    let count = 0;
    try {
      for (; count < limit && reader.next(); count++) {
        yield new Uint8Array(reader.bytes.buffer, reader.bytes.byteOffset + reader.byteOff, reader.byteLength);
      }
    } finally {
      this.#end();
    }
    return count;
  }

  #begin(): RingReader {
    if (this.#busy) throw new KernelError('ring buffer consume', EBUSY, 'a record of this ring is being consumed');
    this.#busy = true;
    return this.#reader;
  }

  #end(): void {
    this.#reader.release();
    this.#busy = false;
  }
}

/**
 * Consumes one or many ring buffers: by callback, or as async iterable. Nothing here blocks the event loop; a wait keeps the
 * process alive, and `close()` ends it.
 *
 * Records are not copied. The bytes are the ring's own until the callback returns or the iteration takes its next step, and are
 * to be read only: on Linux writing to them ends the process. After `close()` they read as zeros. A program that finds the ring
 * full loses its record; the ring counts none of that.
 *
 * @libbpf struct ring_buffer
 */
export class RingBuffer {
  readonly #wait: StreamWait;
  readonly #readers: RingReader[] = [];
  readonly #rings: Ring[] = [];

  /**
   * @param onRecord takes the records of this map; needed for everything but iteration
   * @throws KernelError `EINVAL` when the map is no ring buffer; UnsupportedError when the kernel has none
   * @libbpf ring_buffer__new
   */
  constructor(map: MapRef, onRecord?: RecordCallback) {
    this.#wait = new StreamWait(streamsOf(map));
    try {
      this.add(map, onRecord);
    } catch (error) {
      this.#wait.close();
      throw error;
    }
  }

  /** Adds a map of the same kernel. @libbpf ring_buffer__add */
  add(map: MapRef, onRecord?: RecordCallback): Ring {
    if (!this.#wait.isOpen) throw new KernelError('ring buffer add', EINVAL, 'it is closed');
    const reader = streamsOf(map).openRing(map.fd);
    try {
      this.#wait.add(reader);
    } catch (error) {
      reader.close();
      throw error;
    }
    const ring = new Ring(reader, onRecord);
    this.#readers.push(reader);
    this.#rings.push(ring);
    return ring;
  }

  /** Rings in the order they were added. */
  get rings(): readonly Ring[] {
    return this.#rings;
  }

  /** The ring that was added as number `idx`; undefined when there is none. @libbpf ring_buffer__ring */
  ring(idx: number): Ring | undefined {
    return this.#rings[idx];
  }

  /** An fd that is readable when records wait; -1 on a simulated kernel. @libbpf ring_buffer__epoll_fd */
  get epollFd(): number {
    return this.#wait.fd;
  }

  /**
   * Hands what is there to the callbacks, without waiting.
   *
   * @param limit most records
   * @returns number of records
   * @libbpf ring_buffer__consume, ring_buffer__consume_n
   */
  consume(limit: number = Infinity): number {
    let count = 0;
    for (const ring of this.#rings) count += ring.consume(limit - count);
    return count;
  }

  /**
   * Waits for records and hands them to the callbacks.
   *
   * @param timeoutMs -1 for ever, 0 not to wait
   * @returns number of records; 0 when the time is over or it was closed
   * @throws the signal's reason when it is aborted
   * @libbpf ring_buffer__poll
   */
  poll(timeoutMs = -1, { signal }: StreamOptions = {}): Promise<number> {
    return this.#wait.poll(() => this.consume(), timeoutMs, signal);
  }

  /**
   * Hands records to the callbacks until it is closed. Others get their turn every few milliseconds, however many come.
   *
   * @returns number of records
   * @throws the signal's reason when it is aborted; what a callback throws
   */
  run({ signal }: StreamOptions = {}): Promise<number> {
    return this.#wait.run(() => this.#consumeForATurn(), () => this.#idle(signal), signal);
  }

  #consumeForATurn(): number {
    const end = performance.now() + TURN_MS;
    let total = 0;
    for (let more = true; more && performance.now() < end; ) {
      more = false;
      for (const ring of this.#rings) {
        const count = ring.consume(BURST);
        total += count;
        more ||= count === BURST;
      }
    }
    return total;
  }

  async #idle(signal: AbortSignalLike | undefined): Promise<void> {
    const before = this.#produced();
    // Ready, but for what was there already: a record that is still being written.
    if ((await this.#wait.wait(-1, signal)) && before === this.#produced()) await rest();
  }

  #produced(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.producerPosition, 0);
  }

  /**
   * The records of all rings, in the order of each ring. Each is valid until the next step; a consumer that is slow is not
   * pushed: what it does not take stays in the ring.
   *
   * @throws the signal's reason when it is aborted
   */
  async *records({ signal }: StreamOptions = {}): AsyncGenerator<RingRecord, void, void> {
    while (this.#wait.isOpen) {
      signal?.throwIfAborted();
      let count = 0;
      for (const ring of this.#rings) {
        for (const data of ring.take(BURST)) {
          count++;
          yield { ring, data };
          signal?.throwIfAborted();
          if (!this.#wait.isOpen) return;
        }
      }
      if (count > 0) await nextTurn();
      else await this.#idle(signal);
    }
  }

  /** The records as bytes, whichever ring they are from. See {@link records}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for await (const { data } of this.records()) yield data;
  }

  /** Ends all waiting and gives the memory back. The maps stay. @libbpf ring_buffer__free */
  close(): void {
    this.#wait.close();
    for (const reader of this.#readers) reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
