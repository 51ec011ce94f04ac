// How are samples handed to a program?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { RingWriter } from '@rootlet/loader';
import { EINVAL, ENOSPC } from '@rootlet/uapi';
import { streamsOf } from './map-ref.ts';
import type { MapRef, StreamOptions } from './map-ref.ts';
import { rest, StreamWait } from './wait.ts';

/**
 * Fills a user ring buffer, which programs drain with `bpf_user_ringbuf_drain`.
 *
 * @libbpf struct user_ring_buffer
 */
export class UserRingBuffer {
  readonly #writer: RingWriter;
  readonly #wait: StreamWait;

  /**
   * @throws KernelError `EINVAL` when the map is no user ring buffer; UnsupportedError when the kernel has none
   * @libbpf user_ring_buffer__new
   */
  constructor(map: MapRef) {
    const streams = streamsOf(map);
    if (streams.openUserRing === undefined) throw new UnsupportedError(`user ring buffers on ${map.kernel.name}`);
    this.#writer = streams.openUserRing(map.fd);
    try {
      this.#wait = new StreamWait(streams);
    } catch (error) {
      this.#writer.close();
      throw error;
    }
    try {
      this.#wait.add(this.#writer);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes that it holds, headers included. */
  get size(): number {
    return this.#writer.size;
  }

  /**
   * Room for a sample, to be filled and then submitted or discarded. What was reserved before it must be, too, before the
   * program sees it.
   *
   * @returns undefined while the ring is too full
   * @throws KernelError `E2BIG` when the ring can never hold that much
   * @libbpf user_ring_buffer__reserve
   */
  reserve(byteLength: number): Uint8Array | undefined {
    return this.#writer.reserve(byteLength);
  }

  /**
   * Room for a sample, as soon as there is.
   *
   * @param timeoutMs -1 for ever
   * @throws KernelError `ENOSPC` when the time is over; the signal's reason when it is aborted
   * @libbpf user_ring_buffer__reserve_blocking
   */
  async reserveWhenFree(byteLength: number, timeoutMs = -1, { signal }: StreamOptions = {}): Promise<Uint8Array> {
    const end = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
    for (let first = true; ; first = false) {
      signal?.throwIfAborted();
      const sample = this.reserve(byteLength);
      if (sample !== undefined) return sample;
      const left = end - performance.now();
      if (left <= 0) throw new KernelError('user ring buffer reserve', ENOSPC, `no room for ${byteLength} bytes within ${timeoutMs} ms`);
      // A ring with some room, but too little, is ready all the time.
      if (!first) await rest();
      await this.#wait.wait(left === Infinity ? -1 : left, signal);
      if (!this.#wait.isOpen) throw new KernelError('user ring buffer reserve', EINVAL, 'it was closed');
    }
  }

  /** Hands a reserved sample to the program. @libbpf user_ring_buffer__submit */
  submit(sample: Uint8Array): void {
    this.#writer.submit(sample);
  }

  /** Takes a reserved sample back. @libbpf user_ring_buffer__discard */
  discard(sample: Uint8Array): void {
    this.#writer.discard(sample);
  }

  /** Copies a sample in, as soon as there is room: whoever awaits it never overruns the program. */
  async write(bytes: Uint8Array, options: StreamOptions = {}): Promise<void> {
    const sample = await this.reserveWhenFree(bytes.length, -1, options);
    sample.set(bytes);
    this.submit(sample);
  }

  /** Discards what is reserved, ends all waiting and gives the memory back. The map stays. @libbpf user_ring_buffer__free */
  close(): void {
    this.#wait.close();
    this.#writer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
