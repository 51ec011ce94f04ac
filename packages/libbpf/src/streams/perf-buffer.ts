// How are samples that programs put into perf event arrays consumed?
import { UnsupportedError } from '@rootlet/bytes';
import type { PerfOptions, PerfReader } from '@rootlet/loader';
import { streamsOf } from './map-ref.ts';
import type { MapRef, StreamOptions } from './map-ref.ts';
import { BURST, nextTurn, StreamWait, TURN_MS } from './wait.ts';

/** How a perf buffer is opened, and who takes what it holds. */
export interface PerfBufferOptions extends PerfOptions {
  /** Takes a sample: its bytes are valid until the callback returns. The kernel rounds their number up to 4 modulo 8. */
  readonly onSample?: (data: Uint8Array, cpu: number) => void;
  /** Samples of a CPU were lost because its buffer was full. */
  readonly onLost?: (cpu: number, count: number) => void;
  /** Takes a record of the events that `eventAttr` chose, in place of the other two; `false` ends this consumption. */
  readonly onEvent?: (event: Uint8Array, cpu: number) => boolean | undefined;
}

/** One sample. */
export interface PerfRecord {
  readonly cpu: number;
  readonly data: Uint8Array;
  /** Samples of this CPU lost since the record before; 0 where records are shown whole. */
  readonly lost: number;
}

/**
 * Consumes a perf event array: a buffer for each CPU, by callback or as async iterable. Order holds within a CPU only. What
 * {@link RingBuffer} says of waiting, views and closing is true here, too.
 *
 * @libbpf struct perf_buffer
 */
export class PerfBuffer {
  readonly #reader: PerfReader;
  readonly #wait: StreamWait;
  readonly #options: PerfBufferOptions;
  #lost = 0;

  /**
   * @throws KernelError `EINVAL` when the map is no perf event array; UnsupportedError when the kernel has none
   * @libbpf perf_buffer__new, perf_buffer__new_raw
   */
  constructor(map: MapRef, options: PerfBufferOptions = {}) {
    const streams = streamsOf(map);
    this.#options = options;
    this.#reader = streams.openPerf(map.fd, options);
    try {
      this.#wait = new StreamWait(streams);
    } catch (error) {
      this.#reader.close();
      throw error;
    }
    try {
      this.#wait.add(this.#reader);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Samples lost so far, of all CPUs. */
  get lost(): number {
    return this.#lost;
  }

  /** CPU of each buffer. */
  get cpus(): readonly number[] {
    return this.#reader.cpus;
  }

  /** Number of buffers, one a CPU. @libbpf perf_buffer__buffer_cnt */
  get bufferCount(): number {
    return this.#reader.cpus.length;
  }

  /** fd of a buffer's perf event; -1 on a simulated kernel. @libbpf perf_buffer__buffer_fd */
  bufferFd(bufferIdx: number): number {
    return this.#reader.bufferFd(bufferIdx);
  }

  /**
   * Memory of a buffer, for a consumer of one's own: `struct perf_event_mmap_page`, and after that page the ring.
   *
   * @throws UnsupportedError on a simulated kernel
   * @libbpf perf_buffer__buffer
   */
  bufferMemory(bufferIdx: number): Uint8Array {
    const reader = this.#reader;
    if (reader.bufferMemory === undefined) throw new UnsupportedError('memory of simulated perf buffers');
    return reader.bufferMemory(bufferIdx);
  }

  /** An fd that is readable when samples wait; -1 on a simulated kernel. @libbpf perf_buffer__epoll_fd */
  get epollFd(): number {
    return this.#wait.fd;
  }

  /** Hands what is there to the callbacks, without waiting. @returns number of samples @libbpf perf_buffer__consume */
  consume(limit: number = Infinity): number {
    return this.#consume(limit, undefined);
  }

  /** The same for one CPU's buffer. @libbpf perf_buffer__consume_buffer */
  consumeBuffer(bufferIdx: number, limit: number = Infinity): number {
    return this.#consume(limit, bufferIdx);
  }

  #consume(limit: number, bufferIdx: number | undefined): number {
    const reader = this.#reader;
    const { onEvent, onSample } = this.#options;
    let count = 0;
    try {
      while (count < limit && reader.next(bufferIdx)) {
        const { lost, cpu } = reader;
        if (lost > 0) this.#countLost(cpu, lost);
        else {
          count++;
          if (onEvent === undefined) onSample?.(this.#view(), cpu);
          else if (onEvent(this.#view(), cpu) === false) break;
        }
      }
    } finally {
      reader.release();
    }
    return count;
  }

  #countLost(cpu: number, count: number): void {
    this.#lost += count;
    this.#options.onLost?.(cpu, count);
  }

  #view(): Uint8Array {
    const { bytes, byteOff, byteLength } = this.#reader;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + byteOff, byteLength);
  }

  /**
   * Waits for samples and hands them to the callbacks.
   *
   * @param timeoutMs -1 for ever, 0 not to wait
   * @returns number of samples; 0 when the time is over or it was closed
   * @throws the signal's reason when it is aborted
   * @libbpf perf_buffer__poll
   */
  poll(timeoutMs = -1, { signal }: StreamOptions = {}): Promise<number> {
    return this.#wait.poll(() => this.consume(), timeoutMs, signal);
  }

  /** Hands samples to the callbacks until it is closed. @returns number of samples @throws the signal's reason; what a callback throws */
  run({ signal }: StreamOptions = {}): Promise<number> {
    return this.#wait.run(() => this.#consumeForATurn(), () => this.#wait.wait(-1, signal), signal);
  }

  #consumeForATurn(): number {
    const end = performance.now() + TURN_MS;
    let count = 0;
    for (let burst = BURST; burst === BURST && performance.now() < end; count += burst) burst = this.consume(BURST);
    return count;
  }

  /** The samples of all CPUs. Each is valid until the next step. @throws the signal's reason when it is aborted */
  async *records({ signal }: StreamOptions = {}): AsyncGenerator<PerfRecord, void, void> {
    const reader = this.#reader;
    const lostBefore = new Map<number, number>();
    try {
      while (this.#wait.isOpen) {
        signal?.throwIfAborted();
        let count = 0;
        while (count < BURST && reader.next()) {
          const { lost, cpu } = reader;
          if (lost > 0) {
            this.#countLost(cpu, lost);
            lostBefore.set(cpu, (lostBefore.get(cpu) ?? 0) + lost);
            continue;
          }
          count++;
          yield { cpu, data: this.#view(), lost: lostBefore.get(cpu) ?? 0 };
          lostBefore.delete(cpu);
          signal?.throwIfAborted();
          if (!this.#wait.isOpen) return;
        }
        if (count > 0) await nextTurn();
        else await this.#wait.wait(-1, signal);
      }
    } finally {
      reader.release();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<PerfRecord, void, void> {
    return this.records();
  }

  /** Ends all waiting and closes the events. The map stays. @libbpf perf_buffer__free */
  close(): void {
    this.#wait.close();
    this.#reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
