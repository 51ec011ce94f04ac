// How do arrays hold their values?
import { BPF_F_RDONLY_PROG, BPF_NOEXIST, E2BIG, EEXIST, EINVAL, ENOENT } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { VmMap } from './map.ts';
import type { VmMapAttr } from './map.ts';

/** `BPF_MAP_TYPE_ARRAY` and `BPF_MAP_TYPE_PERCPU_ARRAY`: all values exist from the start, one after the other. */
export class ArrayMap extends VmMap {
  readonly #address: number;

  private constructor(memory: VmMemory, attr: VmMapAttr, cpus: number, address: number) {
    super(memory, attr, cpus);
    this.#address = address;
  }

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, attr: VmMapAttr, cpus = 1): ArrayMap | undefined {
    const size = attr.maxEntries * Math.ceil(attr.valueSize / 8) * 8 * cpus;
    const writable = (attr.flags & BPF_F_RDONLY_PROG) === 0;
    const address = memory.allocate(size, { what: `map ${attr.name}`, writable });
    return address === undefined ? undefined : new ArrayMap(memory, attr, cpus, address);
  }

  /** Address of an element's value, by index. */
  at(index: number): number {
    return this.#address + index * this.stride * this.cpus;
  }

  override find(key: number): number {
    const index = this.memory.data.getUint32(key, true);
    return index < this.attr.maxEntries ? this.at(index) : 0;
  }

  override enter(key: number, flags: number): number {
    const index = this.memory.data.getUint32(key, true);
    if (index >= this.attr.maxEntries) return -E2BIG;
    if (flags === BPF_NOEXIST) return -EEXIST;
    return this.at(index);
  }

  override delete(): number {
    return -EINVAL;
  }

  override next(key: number, out: number): number {
    const index = key === 0 ? 0xffff_ffff : this.memory.data.getUint32(key, true);
    if (index === this.attr.maxEntries - 1) return -ENOENT;
    this.memory.data.setUint32(out, index >= this.attr.maxEntries ? 0 : index + 1, true);
    return 0;
  }

  override forEach(visit: (key: number, value: number) => boolean): number {
    const key = this.memory.allocate(4, { what: 'key of a callback', writable: false });
    if (key === undefined) return 0;
    let count = 0;
    for (let index = 0; index < this.attr.maxEntries; index++) {
      this.memory.data.setUint32(key, index, true);
      count++;
      if (visit(key, this.at(index))) break;
    }
    this.memory.free(key);
    return count;
  }

  override directAddress(): number | undefined {
    return this.cpus === 1 ? this.#address : undefined;
  }

  override dispose(): void {
    this.memory.free(this.#address);
  }
}
