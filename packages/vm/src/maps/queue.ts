// How do queues and stacks keep values without keys?
import { BPF_EXIST, BPF_NOEXIST, E2BIG, EINVAL, ENOENT } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { KeylessMap } from './keyless.ts';
import type { VmMapAttr } from './map.ts';

/** `BPF_MAP_TYPE_QUEUE` (first in, first out) and `BPF_MAP_TYPE_STACK` (last in, first out): a ring of values. */
export class QueueMap extends KeylessMap {
  readonly #address: number;
  readonly #lifo: boolean;
  /** Index of the oldest value, and how many there are. */
  #first = 0;
  #count = 0;

  private constructor(memory: VmMemory, attr: VmMapAttr, lifo: boolean, address: number) {
    super(memory, attr);
    this.#lifo = lifo;
    this.#address = address;
  }

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr, lifo: boolean): QueueMap | undefined {
    const size = attr.maxEntries * Math.ceil(attr.valueSize / 8) * 8;
    const address = memory.allocate(size, { what: `map ${attr.name}` });
    return address === undefined ? undefined : new QueueMap(memory, attr, lifo, address);
  }

  override push(value: number, flags: number): number {
    if (flags > BPF_EXIST || flags === BPF_NOEXIST) return -EINVAL;
    if (this.#count === this.attr.maxEntries) {
      // BPF_EXIST: the oldest value makes room.
      if (flags !== BPF_EXIST) return -E2BIG;
      this.#first = (this.#first + 1) % this.attr.maxEntries;
      this.#count--;
    }
    const to = this.#at(this.#count);
    this.memory.bytes.copyWithin(to, value, value + this.attr.valueSize);
    this.#count++;
    return 0;
  }

  override pop(value: number, remove: boolean): number {
    if (this.#count === 0) {
      this.memory.bytes.fill(0, value, value + this.attr.valueSize);
      return -ENOENT;
    }
    const from = this.#at(this.#lifo ? this.#count - 1 : 0);
    this.memory.bytes.copyWithin(value, from, from + this.attr.valueSize);
    if (remove) {
      if (!this.#lifo) this.#first = (this.#first + 1) % this.attr.maxEntries;
      this.#count--;
    }
    return 0;
  }

  override dispose(): void {
    this.memory.free(this.#address);
  }

  #at(nth: number): number {
    return this.#address + ((this.#first + nth) % this.attr.maxEntries) * this.stride;
  }
}
