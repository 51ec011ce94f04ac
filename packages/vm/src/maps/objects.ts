// How do maps hold things that are no bytes: programs, maps, sockets?
import { BPF_NOEXIST, E2BIG, EEXIST, EINVAL, ENOENT } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { ArrayMap } from './array.ts';
import { HashMap } from './hash.ts';
import { checkPresence, checkUpdateFlags, VmMap } from './map.ts';
import type { VmMapAttr } from './map.ts';

/**
 * A map from keys to objects: `BPF_MAP_TYPE_PROG_ARRAY`, `_ARRAY_OF_MAPS`, `_HASH_OF_MAPS`, `_CGROUP_ARRAY`, `_XSKMAP` …
 * Programs read it through helpers and cannot write it; objects are put in by `set`.
 *
 * The keys are kept by a map of the usual kind whose 4-byte value counts as "present"; objects stand beside it by address.
 */
export class ObjectMap<T> extends VmMap {
  readonly #keys: ArrayMap | HashMap;
  readonly #objects = new Map<number, T>();
  /** What a program gets from a lookup: an address or handle; 0 for nothing. */
  readonly #toPointer: (object: T) => number;

  constructor(memory: VmMemory, attr: VmMapAttr, keys: ArrayMap | HashMap, toPointer: (object: T) => number) {
    super(memory, attr);
    this.#keys = keys;
    this.#toPointer = toPointer;
  }

  /** The object behind the key at `key`. */
  get(key: number): T | undefined {
    return this.#objects.get(this.#keys.find(key));
  }

  /** The object at an index of an array; undefined also when this is none. */
  byIndex(index: number): T | undefined {
    return this.#keys instanceof ArrayMap ? this.#objects.get(this.#keys.at(index)) : undefined;
  }

  /** Puts an object in. @returns 0 or a negative errno; `replaced` gets what was there */
  set(key: number, object: T, flags: number, replaced?: (object: T) => void): number {
    const problem = checkUpdateFlags(this.attr, flags);
    if (problem !== 0) return problem;
    if (this.#keys instanceof ArrayMap) {
      // Arrays of objects take no flags but BPF_ANY.
      const index = this.memory.data.getUint32(key, true);
      if (flags !== 0) return flags === BPF_NOEXIST && index < this.attr.maxEntries ? -EEXIST : -EINVAL;
    }
    const presence = this.#keys instanceof HashMap ? checkPresence(this.#keys.find(key) !== 0, flags) : 0;
    if (presence !== 0) return presence;
    const at = this.#keys.enter(key, 0);
    if (at < 0) return at;
    const old = this.#objects.get(at);
    this.#objects.set(at, object);
    if (old !== undefined) replaced?.(old);
    return 0;
  }

  /** Takes an object out. @returns 0 or a negative errno */
  unset(key: number, removed?: (object: T) => void): number {
    const at = this.#keys.find(key);
    if (at === 0) return this.#keys instanceof ArrayMap ? -E2BIG : -ENOENT;
    const old = this.#objects.get(at);
    if (old === undefined) return -ENOENT;
    this.#objects.delete(at);
    if (this.#keys instanceof HashMap) this.#keys.delete(key);
    removed?.(old);
    return 0;
  }

  /** Takes everything out. @returns what was in it */
  clear(): T[] {
    const objects = [...this.#objects.values()];
    this.#objects.clear();
    return objects;
  }

  override find(key: number): number {
    const object = this.get(key);
    return object === undefined ? 0 : this.#toPointer(object);
  }

  override enter(): number {
    return -EINVAL;
  }

  override delete(): number {
    return -EINVAL;
  }

  override next(key: number, out: number): number {
    return this.#keys.next(key, out);
  }

  override dispose(): void {
    this.#objects.clear();
    this.#keys.dispose();
  }
}
