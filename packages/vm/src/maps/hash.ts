// How do hash tables find, keep and evict their entries?
import { E2BIG, ENOENT, ENOMEM } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import { checkPresence, VmMap } from './map.ts';
import type { VmMapAttr } from './map.ts';

/** Entries allocated at a time: doubled from the first to the last. */
const FIRST_CHUNK = 16;
const LARGEST_CHUNK = 4096;
const NONE = -1;

/**
 * `BPF_MAP_TYPE_HASH`, `_PERCPU_HASH`, `_LRU_HASH`, `_LRU_PERCPU_HASH`.
 *
 * Keys and values are in the machine's memory, in chunks that never move, so a value's address stays good while the
 * program runs. Chains, use order and free list are plain arrays beside it, indexed by entry.
 */
export class HashMap extends VmMap {
  readonly #lru: boolean;
  readonly #keySpace: number;
  readonly #chunks: number[] = [];
  #address: Int32Array = new Int32Array(0);
  #hash: Int32Array = new Int32Array(0);
  /** Next entry of the same bucket, or of the free list. */
  #chain: Int32Array = new Int32Array(0);
  /** Use order of an LRU map, as a ring through entry `capacity`. */
  #newer: Int32Array = new Int32Array(0);
  #older: Int32Array = new Int32Array(0);
  #heads: Int32Array = new Int32Array(16).fill(NONE);
  #free = NONE;
  #count = 0;
  #newest = NONE;
  #oldest = NONE;

  constructor(memory: VmMemory, attr: VmMapAttr, cpus: number, lru: boolean) {
    super(memory, attr, cpus);
    this.#lru = lru;
    this.#keySpace = Math.ceil(attr.keySize / 8) * 8;
  }

  /** Entries in the table. */
  get count(): number {
    return this.#count;
  }

  override find(key: number, byProgram = false): number {
    const entry = this.#find(key, this.#hashOf(key));
    if (entry === NONE) return 0;
    if (this.#lru && byProgram) this.#touch(entry);
    return this.#valueOf(entry);
  }

  override enter(key: number, flags: number): number {
    const hash = this.#hashOf(key);
    const found = this.#find(key, hash);
    const problem = checkPresence(found !== NONE, flags);
    if (problem !== 0) return problem;
    if (found !== NONE) {
      if (this.#lru) this.#touch(found);
      return this.#valueOf(found);
    }
    if (this.#count >= this.attr.maxEntries) {
      if (!this.#lru) return -E2BIG;
      this.#remove(this.#oldest);
    }
    if (this.#free === NONE && !this.#allocate()) return -ENOMEM;
    if (this.#count >= this.#heads.length) this.#rehash(this.#heads.length * 2);
    const entry = this.#free;
    this.#free = this.#chain[entry]!;
    const address = this.#address[entry]! >>> 0;
    this.memory.bytes.copyWithin(address, key, key + this.attr.keySize);
    this.memory.bytes.fill(0, address + this.#keySpace, address + this.#keySpace + this.stride * this.cpus);
    const bucket = hash & (this.#heads.length - 1);
    this.#hash[entry] = hash;
    this.#chain[entry] = this.#heads[bucket]!;
    this.#heads[bucket] = entry;
    this.#count++;
    if (this.#lru) this.#link(entry);
    return address + this.#keySpace;
  }

  override delete(key: number): number {
    const entry = this.#find(key, this.#hashOf(key));
    if (entry === NONE) return -ENOENT;
    this.#remove(entry);
    return 0;
  }

  override next(key: number, out: number): number {
    let bucket = 0;
    let entry = NONE;
    if (key !== 0) {
      const hash = this.#hashOf(key);
      const found = this.#find(key, hash);
      if (found !== NONE) {
        entry = this.#chain[found]!;
        bucket = (hash & (this.#heads.length - 1)) + 1;
      }
    }
    while (entry === NONE) {
      if (bucket >= this.#heads.length) return -ENOENT;
      entry = this.#heads[bucket++]!;
    }
    const from = this.#address[entry]! >>> 0;
    this.memory.bytes.copyWithin(out, from, from + this.attr.keySize);
    return 0;
  }

  override forEach(visit: (key: number, value: number) => boolean): number {
    let count = 0;
    for (let bucket = 0; bucket < this.#heads.length; bucket++) {
      for (let entry = this.#heads[bucket]!; entry !== NONE; ) {
        // The callback may delete the entry it is shown.
        const following = this.#chain[entry]!;
        count++;
        if (visit(this.#address[entry]! >>> 0, this.#valueOf(entry))) return count;
        entry = following;
      }
    }
    return count;
  }

  override dispose(): void {
    for (const chunk of this.#chunks) this.memory.free(chunk);
    this.#chunks.length = 0;
  }

  #valueOf(entry: number): number {
    return (this.#address[entry]! >>> 0) + this.#keySpace;
  }

  #hashOf(key: number): number {
    const { data } = this.memory;
    const end = key + this.attr.keySize;
    let hash = this.attr.keySize;
    let at = key;
    for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ data.getInt32(at, true), 0x9e37_79b1) ^ (hash >>> 15);
    for (; at < end; at++) hash = Math.imul(hash ^ data.getUint8(at), 0x9e37_79b1) ^ (hash >>> 15);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    return hash ^ (hash >>> 13);
  }

  #find(key: number, hash: number): number {
    const { bytes } = this.memory;
    let entry = this.#heads[hash & (this.#heads.length - 1)]!;
    for (; entry !== NONE; entry = this.#chain[entry]!) {
      if (this.#hash[entry] !== hash) continue;
      const at = this.#address[entry]! >>> 0;
      let i = 0;
      while (i < this.attr.keySize && bytes[at + i] === bytes[key + i]) i++;
      if (i === this.attr.keySize) return entry;
    }
    return NONE;
  }

  #remove(entry: number): void {
    const bucket = this.#hash[entry]! & (this.#heads.length - 1);
    let before = NONE;
    for (let at = this.#heads[bucket]!; at !== entry; at = this.#chain[at]!) before = at;
    if (before === NONE) this.#heads[bucket] = this.#chain[entry]!;
    else this.#chain[before] = this.#chain[entry]!;
    if (this.#lru) this.#unlink(entry);
    this.#chain[entry] = this.#free;
    this.#free = entry;
    this.#count--;
  }

  #touch(entry: number): void {
    this.#unlink(entry);
    this.#link(entry);
  }

  #link(entry: number): void {
    this.#older[entry] = this.#newest;
    this.#newer[entry] = NONE;
    if (this.#newest !== NONE) this.#newer[this.#newest] = entry;
    this.#newest = entry;
    if (this.#oldest === NONE) this.#oldest = entry;
  }

  #unlink(entry: number): void {
    const newer = this.#newer[entry]!;
    const older = this.#older[entry]!;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  #allocate(): boolean {
    const have = this.#address.length;
    const wanted = Math.min(Math.max(have, FIRST_CHUNK), LARGEST_CHUNK, this.attr.maxEntries - have);
    const size = this.#keySpace + this.stride * this.cpus;
    const chunk = this.memory.allocate(wanted * size, { what: `map ${this.attr.name}` });
    if (chunk === undefined) return false;
    this.#chunks.push(chunk);
    this.#address = extend(this.#address, have + wanted);
    this.#hash = extend(this.#hash, have + wanted);
    this.#chain = extend(this.#chain, have + wanted);
    this.#newer = extend(this.#newer, this.#lru ? have + wanted : 0);
    this.#older = extend(this.#older, this.#lru ? have + wanted : 0);
    for (let i = wanted - 1; i >= 0; i--) {
      this.#address[have + i] = chunk + i * size;
      this.#chain[have + i] = this.#free;
      this.#free = have + i;
    }
    return true;
  }

  #rehash(buckets: number): void {
    const old = this.#heads;
    this.#heads = new Int32Array(buckets).fill(NONE);
    for (const head of old) {
      for (let entry = head; entry !== NONE; ) {
        const following = this.#chain[entry]!;
        const bucket = this.#hash[entry]! & (buckets - 1);
        this.#chain[entry] = this.#heads[bucket]!;
        this.#heads[bucket] = entry;
        entry = following;
      }
    }
  }
}

function extend(values: Int32Array, length: number): Int32Array {
  const longer = new Int32Array(length);
  longer.set(values);
  return longer;
}
