// How do records travel from a program to its user?
import { EAGAIN } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { KeylessMap } from './keyless.ts';
import type { VmMapAttr } from './map.ts';

const HEADER = 8;

interface RingRecord {
  /** Position of the header in the stream of all records ever written. */
  readonly position: number;
  readonly address: number;
  readonly size: number;
  /** Header and data, rounded up to 8. */
  readonly space: number;
  state: 'busy' | 'committed' | 'discarded';
}

/**
 * `BPF_MAP_TYPE_RINGBUF`: records are reserved, filled, and committed or discarded; the consumer sees committed ones in the
 * order of reservation, and none beyond the first that is still being filled.
 *
 * The memory is twice the ring, so that a record that runs over the ring's end is contiguous, as the kernel's double
 * mapping makes it; the part that laps counts as used at the start.
 */
export class RingbufMap extends KeylessMap {
  readonly #address: number;
  readonly #records: RingRecord[] = [];
  /** Called whenever a record is committed. */
  readonly listeners: Set<() => void> = new Set();
  #produced = 0;
  #consumed = 0;

  private constructor(memory: VmMemory, attr: VmMapAttr, address: number) {
    super(memory, attr);
    this.#address = address;
  }

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr): RingbufMap | undefined {
    const address = memory.allocate(2 * attr.maxEntries, { what: `ring buffer ${attr.name}`, mapped: false });
    return address === undefined ? undefined : new RingbufMap(memory, attr, address);
  }

  /** Bytes produced and not consumed. */
  get available(): number {
    return this.#produced - this.#consumed;
  }

  /** Bytes ever consumed. */
  get consumerPosition(): number {
    return this.#consumed;
  }

  /** Bytes ever produced. */
  get producerPosition(): number {
    return this.#produced;
  }

  /** Room for a record. @returns its address, or 0 when there is none */
  reserve(size: number): number {
    const space = Math.ceil((size + HEADER) / 8) * 8;
    if (space > this.attr.maxEntries || this.available + space > this.attr.maxEntries - 1) return 0;
    const address = this.#address + (this.#produced % this.attr.maxEntries) + HEADER;
    this.#records.push({ position: this.#produced, address, size, space, state: 'busy' });
    this.#produced += space;
    this.memory.protect(address, size, true, true);
    return address;
  }

  /** Ends the filling of a record. @returns false when `address` is none that is being filled */
  commit(address: number, discard: boolean): boolean {
    const record = this.#records.findLast((one) => one.address === address && one.state === 'busy');
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
    for (let record = this.#records[0]; record !== undefined && record.state !== 'busy'; record = this.#records[0]) {
      if (record.state === 'committed') return record;
      this.drop();
    }
    return undefined;
  }

  /** Gives the space of the oldest record back. */
  drop(): void {
    this.#consumed += this.#records.shift()?.space ?? 0;
  }

  /** Takes the next committed record off; undefined when there is none. The bytes are a copy. */
  consume(): Uint8Array<ArrayBuffer> | undefined {
    const record = this.peek();
    if (record === undefined) return undefined;
    const bytes = this.memory.copyOut(record.address, record.size);
    this.drop();
    return bytes;
  }

  override dispose(): void {
    this.memory.free(this.#address);
  }
}
