// How are samples put where a simulated program will drain them?
import { KernelError } from '@rootlet/loader';
import type { RingWriter } from '@rootlet/loader';
import { EINVAL } from '@rootlet/uapi';
import type { UserRingbufMap, UserSample } from '@rootlet/vm';
import type { SimMap } from './objects.ts';

/** A user ring buffer of a simulated kernel. A writer keeps its map alive. */
export class SimUserRing implements RingWriter {
  readonly mapFd: number;
  readonly map: UserRingbufMap;
  readonly #owner: SimMap;
  readonly #reserved = new Map<Uint8Array, UserSample>();
  #open = true;

  constructor(mapFd: number, owner: SimMap, map: UserRingbufMap) {
    this.mapFd = mapFd;
    this.map = map;
    this.#owner = owner;
    owner.hold();
  }

  get size(): number {
    return this.map.attr.maxEntries;
  }

  get isReady(): boolean {
    return this.#open && this.map.free > 0;
  }

  reserve(byteLength: number): Uint8Array | undefined {
    if (!this.#open) throw this.#error('reserve', EINVAL, 'it is closed');
    const sample = this.map.reserve(byteLength);
    if (typeof sample === 'number') throw this.#error('reserve', -sample, `${byteLength} bytes in a ring of ${this.size}`);
    if (sample !== undefined) this.#reserved.set(sample.bytes, sample);
    return sample?.bytes;
  }

  submit(sample: Uint8Array): void {
    this.#finish('submit', sample, 'submitted');
  }

  discard(sample: Uint8Array): void {
    this.#finish('discard', sample, 'discarded');
  }

  close(): void {
    if (!this.#open) return;
    // A sample that stays busy would block whoever drains the ring, also for the next producer.
    for (const sample of this.#reserved.values()) sample.state = 'discarded';
    this.#reserved.clear();
    this.#open = false;
    this.#owner.release();
  }

  #finish(operation: string, bytes: Uint8Array, state: 'submitted' | 'discarded'): void {
    const sample = this.#reserved.get(bytes);
    if (sample === undefined) throw this.#error(operation, EINVAL, 'no such sample is reserved');
    this.#reserved.delete(bytes);
    sample.state = state;
  }

  #error(operation: string, errno: number, problem: string): KernelError {
    return new KernelError(`user ring buffer ${operation}`, errno, problem);
  }
}
