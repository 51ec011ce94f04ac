// How do samples travel from a user to a program?
import { E2BIG, EINVAL } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { KeylessMap } from './keyless.ts';
import type { VmMapAttr } from './map.ts';

const HEADER = 8;
/** Bytes of the dynptr that a program gets for a sample. */
const DYNPTR_BYTES = 16;

/** A sample that a user was given room for. */
export interface UserSample {
  /** What the user fills. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Header and bytes, rounded up to 8. */
  readonly space: number;
  /** Where the program sees it. */
  readonly address: number;
  state: 'busy' | 'submitted' | 'discarded';
}

/**
 * `BPF_MAP_TYPE_USER_RINGBUF`: a user reserves samples, fills them, and submits or discards them; a program drains them in the
 * order of reservation, and none beyond the first that is still being filled.
 *
 * What the user fills is memory of its own, since the machine's moves when it grows; a program sees a copy while it is at a sample.
 * As in a ring buffer the memory is twice the ring.
 */
export class UserRingbufMap extends KeylessMap {
  readonly #address: number;
  readonly #samples: UserSample[] = [];
  /** Called whenever a program gave room back. */
  readonly listeners: Set<() => void> = new Set();
  /** Whether a program is draining it. */
  busy = false;
  #produced = 0;
  #consumed = 0;

  private constructor(memory: VmMemory, attr: VmMapAttr, address: number) {
    super(memory, attr);
    this.#address = address;
  }

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr): UserRingbufMap | undefined {
    const address = memory.allocate(2 * attr.maxEntries + DYNPTR_BYTES, { what: `user ring buffer ${attr.name}`, mapped: false });
    return address === undefined ? undefined : new UserRingbufMap(memory, attr, address);
  }

  /** Bytes that nobody reserved. */
  get free(): number {
    return this.attr.maxEntries - (this.#produced - this.#consumed);
  }

  /** Where the dynptr of the sample that is being drained stands: readable while it is. */
  get dynptrAddress(): number {
    return this.#address + 2 * this.attr.maxEntries;
  }

  /** Room for a sample; undefined while there is too little. @returns a negative errno where there never is */
  reserve(size: number): UserSample | number | undefined {
    if (!Number.isInteger(size) || size < 0) return -EINVAL;
    const space = Math.ceil((size + HEADER) / 8) * 8;
    if (space > this.attr.maxEntries) return -E2BIG;
    if (space > this.free) return undefined;
    const address = this.#address + (this.#produced % this.attr.maxEntries) + HEADER;
    const sample: UserSample = { bytes: new Uint8Array(size), space, address, state: 'busy' };
    this.#samples.push(sample);
    this.#produced += space;
    return sample;
  }

  /** The oldest sample, unless it is still being filled. It stays until `drop`. */
  peek(): UserSample | undefined {
    const sample = this.#samples[0];
    return sample?.state === 'busy' ? undefined : sample;
  }

  /** Gives the room of the oldest sample back. */
  drop(): void {
    this.#consumed += this.#samples.shift()?.space ?? 0;
  }

  /** Shows the program a sample, and a place for its dynptr. */
  show({ bytes, address }: UserSample): void {
    this.memory.bytes.set(bytes, address);
    this.memory.protect(address, bytes.length, true, true);
    this.memory.protect(this.dynptrAddress, DYNPTR_BYTES, true, false);
  }

  /** Takes it away again. What the program wrote is the user's to see. */
  hide({ bytes, address }: UserSample): void {
    bytes.set(this.memory.bytes.subarray(address, address + bytes.length));
    this.memory.protect(address, bytes.length, false, false);
    this.memory.protect(this.dynptrAddress, DYNPTR_BYTES, false, false);
  }

  override dispose(): void {
    this.memory.free(this.#address);
  }
}
