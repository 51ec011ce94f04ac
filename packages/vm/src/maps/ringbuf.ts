// How do records travel from a program to its user?
import { EAGAIN } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import type { VmMapAttr } from './map.ts';
import { RingMap } from './ring.ts';
import type { RingItem } from './ring.ts';

interface RingRecord extends RingItem {
  readonly size: number;
  state: 'busy' | 'committed' | 'discarded';
}

/**
 * `BPF_MAP_TYPE_RINGBUF`: records are reserved, filled, and committed or discarded; the consumer sees committed ones in the
 * order of reservation, and none beyond the first that is still being filled. Listeners hear of every record that is committed.
 */
export class RingbufMap extends RingMap<RingRecord> {
  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr): RingbufMap | undefined {
    const start = RingMap.allocateRing(memory, attr, 'ring buffer');
    return start === undefined ? undefined : new RingbufMap(memory, attr, start);
  }

  /** Room for a record. @returns its address, or 0 when there is none */
  reserve(size: number): number {
    const space = this.spaceOf(size);
    if (space > this.attr.maxEntries || this.available + space > this.attr.maxEntries - 1) return 0;
    const { address } = this.place({ address: this.nextAddress, size, space, state: 'busy' });
    this.memory.protect(address, size, true, true);
    return address;
  }

  /** Ends the filling of a record. @returns false when `address` is none that is being filled */
  commit(address: number, discard: boolean): boolean {
    const record = this.findNewest((one) => one.address === address && one.state === 'busy');
    if (record === undefined) return false;
    record.state = discard ? 'discarded' : 'committed';
    this.memory.protect(address, record.size, false, false);
    for (const listener of this.listeners) listener();
    return true;
  }

  /** Reserves, copies and commits. @returns 0 or a negative errno */
  output(from: number, size: number): number {
    const address = this.reserve(size);
    if (address === 0) return -EAGAIN;
    this.memory.bytes.copyWithin(address, from, from + size);
    this.commit(address, false);
    return 0;
  }

  /** Where the next committed record is; undefined when there is none. It stays until `drop`. */
  peek(): { readonly address: number; readonly size: number } | undefined {
    for (let record = this.oldest; record !== undefined && record.state !== 'busy'; record = this.oldest) {
      if (record.state === 'committed') return record;
      this.drop();
    }
    return undefined;
  }

  /** Takes the next committed record off; undefined when there is none. The bytes are a copy. */
  consume(): Uint8Array<ArrayBuffer> | undefined {
    const record = this.peek();
    if (record === undefined) return undefined;
    const bytes = this.memory.copyOut(record.address, record.size);
    this.drop();
    return bytes;
  }
}
