// How are the elements of a map read and written as its types say?
import type { Kernel } from '@rootlet/loader';
import type { BpfMap } from '../map.ts';
import type { MapData } from '../map-elements.ts';
import { RingBuffer } from '../streams/ring-buffer.ts';
import type { MapRef, StreamOptions } from '../streams/map-ref.ts';
import { Member } from './layout.ts';
import type { LayoutClass } from './layout.ts';

/**
 * A map of a skeleton: keys `K`, values `V` (of per-CPU maps an array of them), records `R`. What has no type is bytes.
 * Everything else that maps can do is done with `map`.
 */
export class TypedMap<K = Uint8Array, V = Uint8Array, R = Uint8Array> implements MapRef {
  readonly map: BpfMap;
  readonly #keyType: Member;
  readonly #valueType: Member;
  readonly #recordType: Member;
  /** Bytes of a record; undefined when it has no type. */
  readonly #recordSize: number | undefined;

  /** @param name in the accessors of `layout` @internal */
  constructor(map: BpfMap, layout: LayoutClass, name: string, recordSize: number | undefined) {
    this.map = map;
    this.#keyType = new Member(layout, `key of ${name}`);
    this.#valueType = new Member(layout, `value of ${name}`);
    this.#recordType = new Member(layout, `record of ${name}`);
    this.#recordSize = recordSize;
  }

  get kernel(): Kernel {
    return this.map.kernel;
  }

  /** fd; -1 before `load()`. */
  get fd(): number {
    return this.map.fd;
  }

  /** The value of a key; undefined when it is absent. @param flags `BPF_F_LOCK` */
  lookup(key: K, flags = 0): V | undefined {
    return this.#decode(this.map.lookup(this.#key(key), flags));
  }

  /** The value of a key, taken out of the map; undefined when it is absent. */
  lookupAndDelete(key: K, flags = 0): V | undefined {
    return this.#decode(this.map.lookupAndDelete(this.#key(key), flags));
  }

  /** Sets the value of a key. @param flags `BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`, `BPF_F_LOCK` */
  update(key: K, value: V, flags = 0): void {
    const encode = (each: unknown): MapData => this.#valueType.encode(each, this.map.valueSize);
    if (this.map.isPerCpu && Array.isArray(value)) this.map.updatePerCpu(this.#key(key), value.map(encode), flags);
    else this.map.update(this.#key(key), encode(value), flags);
  }

  /** Removes a key. @returns whether it was there */
  delete(key: K, flags = 0): boolean {
    return this.map.delete(this.#key(key), flags);
  }

  /** Keys in the map's order. */
  *keys(): Generator<K, void, void> {
    for (const key of this.map.keys()) yield this.#decodeKey(key);
  }

  /** Keys and values in the map's order; keys that vanish meanwhile are left out. */
  *entries(): Generator<readonly [key: K, value: V], void, void> {
    for (const [key, value] of this.map.entries()) yield [this.#decodeKey(key), this.#decode(value) as V];
  }

  [Symbol.iterator](): Generator<readonly [key: K, value: V], void, void> {
    return this.entries();
  }

  /** A record of a ring or perf buffer. */
  decodeRecord(bytes: Uint8Array): R {
    return this.#recordType.decode(bytes) as R;
  }

  /** The bytes of a record, for a user ring buffer. */
  encodeRecord(record: R): Uint8Array {
    return this.#recordType.encode(record, this.#recordSize ?? 0) as Uint8Array;
  }

  /** A consumer of this ring buffer, to be closed; `add()` takes more of them. @throws as {@link RingBuffer} */
  ringBuffer(onRecord: (record: R) => void): RingBuffer {
    return new RingBuffer(this, (bytes) => onRecord(this.decodeRecord(bytes)));
  }

  /** The records of this ring buffer. @throws the signal's reason when it is aborted */
  async *records(options: StreamOptions = {}): AsyncGenerator<R, void, void> {
    const rings = new RingBuffer(this);
    try {
      for await (const { data } of rings.records(options)) yield this.decodeRecord(data);
    } finally {
      rings.close();
    }
  }

  #key(key: K): MapData {
    return this.#keyType.encode(key, this.map.keySize);
  }

  #decodeKey(bytes: Uint8Array): K {
    return this.#keyType.decode(bytes) as K;
  }

  #decode(bytes: Uint8Array | undefined): V | undefined {
    if (bytes === undefined) return undefined;
    const decode = (each: Uint8Array): unknown => this.#valueType.decode(each);
    return (this.map.isPerCpu ? this.map.splitPerCpu(bytes).map(decode) : decode(bytes)) as V;
  }
}
