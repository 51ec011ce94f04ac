// How do samples travel from a user to a program?
import { E2BIG, EINVAL } from '@rootlet/uapi';
import { DYNPTR_BYTES } from '../dynptr.ts';
import type { VmMemory } from '../memory.ts';
import type { VmMapAttr } from './map.ts';
import { RingMap } from './ring.ts';
import type { RingItem } from './ring.ts';

/** A sample that a user was given room for. */
export interface UserSample extends RingItem {
  /** What the user fills. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  state: 'busy' | 'submitted' | 'discarded';
}

/**
 * `BPF_MAP_TYPE_USER_RINGBUF`: a user reserves samples, fills them, and submits or discards them; a program drains them in the
 * order of reservation, and none beyond the first that is still being filled. Listeners hear whenever a program gave room back.
 *
 * What the user fills is memory of its own, since the machine's moves when it grows; a program sees a copy while it is at a sample.
 */
export class UserRingbufMap extends RingMap<UserSample> {
  /** Whether a program is draining it. */
  busy = false;

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr): UserRingbufMap | undefined {
    const start = RingMap.allocateRing(memory, attr, 'user ring buffer', DYNPTR_BYTES);
    return start === undefined ? undefined : new UserRingbufMap(memory, attr, start);
  }

  /** Bytes that nobody reserved. */
  get free(): number {
    return this.attr.maxEntries - this.available;
  }

  /** Where the dynptr of the sample that is being drained stands: readable while it is. */
  get dynptrAddress(): number {
    return this.start + 2 * this.attr.maxEntries;
  }

  /** Room for a sample; undefined while there is too little. @returns a negative errno where there never is */
  reserve(size: number): UserSample | number | undefined {
    if (!Number.isInteger(size) || size < 0) return -EINVAL;
    const space = this.spaceOf(size);
    if (space > this.attr.maxEntries) return -E2BIG;
    if (space > this.free) return undefined;
    return this.place({ bytes: new Uint8Array(size), space, address: this.nextAddress, state: 'busy' });
  }

  /** The oldest sample, unless it is still being filled. It stays until `drop`. */
  peek(): UserSample | undefined {
    return this.oldest?.state === 'busy' ? undefined : this.oldest;
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
}
