// How are the elements of a map reached with as little as possible around the system call?
import { KernelError } from '@rootlet/loader';
import type { MapBatch, MapBatchOptions } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { encodeAttr } from '../attr.ts';
import type { Ffi } from '../ffi.ts';

/** What moving elements needs to know of a map. Sizes in bytes. */
export interface MapShape {
  readonly type: number;
  readonly keySize: number;
  /** A value as lookup and update move it: per-CPU maps carry one of each possible CPU, rounded up to 8. */
  readonly valueBytes: number;
  readonly maxEntries: number;
}

const ELEM_BYTES = uapi.BPF_ATTR_MAP_ELEM_LAYOUT.size;
/** Keys up to so many bytes are copied byte by byte. */
const SHORT_KEY = 32;

/** Arguments of reading in batches. */
interface PreparedBatch {
  readonly attr: Uint8Array<ArrayBuffer>;
  /** The arguments as words of 8 and of 4 bytes. */
  readonly words: BigUint64Array;
  readonly counts: Uint32Array;
  readonly from: Uint8Array<ArrayBuffer>;
  readonly fromAddress: bigint;
  readonly out: Uint8Array<ArrayBuffer>;
}

/** A map's arguments, laid out once: what changes from call to call is the key, the value and the flags. */
interface Prepared extends MapShape {
  readonly attr: Uint8Array<ArrayBuffer>;
  readonly address: number;
  readonly flags: BigUint64Array;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer>;
  readonly nextKeyAttr: Uint8Array<ArrayBuffer>;
  /** Deleting wants the place of the value empty. */
  readonly deleteAttr: Uint8Array<ArrayBuffer>;
  readonly batch: PreparedBatch;
  readonly nextKey: Uint8Array<ArrayBuffer>;
}

/**
 * Maps by fd. An fd means another map once it was closed, whichever kernel object closed it, so all of this process share this.
 */
const prepared = new Map<number, Prepared>();
/** The one that was asked for last: who reads a map element by element asks for the same one again. */
let recentFd = -1;
let recent: Prepared | undefined;

/** Called before an fd is closed, and when it comes to mean something else. */
export function forgetMap(fd: number): void {
  prepared.delete(fd);
  if (fd === recentFd) recent = undefined;
}

/** A new fd, which means nothing old: it may have been closed behind our back, and values of another size overrun its buffers. */
export function freshFd(fd: number): number {
  forgetMap(fd);
  return fd;
}

/** Elements of maps, one by one and in batches. */
export class MapCalls {
  readonly #ffi: Ffi;
  readonly #shape: (mapFd: number) => MapShape;

  /** @param shape asks the kernel; throws KernelError when the fd is no map */
  constructor(ffi: Ffi, shape: (mapFd: number) => MapShape) {
    this.#ffi = ffi;
    this.#shape = shape;
  }

  shape(mapFd: number): MapShape {
    return this.#map(mapFd);
  }

  /** @libbpf bpf_map_lookup_elem, bpf_map_lookup_elem_flags */
  lookup(mapFd: number, key: Uint8Array, flags: number): Uint8Array | undefined {
    const map = recent !== undefined && recentFd === mapFd ? recent : this.#map(mapFd);
    // The commonest call there is goes no other way.
    if (flags === 0 && key.length === map.keySize && key.length <= SHORT_KEY) {
      const to = map.key;
      for (let idx = 0; idx < to.length; idx++) to[idx] = key[idx] as number;
      // Faster than slice().
      const result = this.#ffi.bpfAt(uapi.BPF_MAP_LOOKUP_ELEM, map.address, ELEM_BYTES);
      if (result === 0) return new Uint8Array(map.value);
      if (result === -uapi.ENOENT) return undefined;
      throw new KernelError('map lookup', -result, `map fd ${mapFd}`);
    }
    return this.#take('map lookup', uapi.BPF_MAP_LOOKUP_ELEM, mapFd, key, flags);
  }

  /** @libbpf bpf_map_lookup_and_delete_elem, bpf_map_lookup_and_delete_elem_flags */
  lookupAndDelete(mapFd: number, key: Uint8Array, flags: number): Uint8Array | undefined {
    return this.#take('map lookup and delete', uapi.BPF_MAP_LOOKUP_AND_DELETE_ELEM, mapFd, key, flags);
  }

  #take(operation: string, cmd: number, mapFd: number, key: Uint8Array, flags: number): Uint8Array | undefined {
    const map = this.#map(mapFd);
    const result = this.#elem(map, operation, cmd, key, flags);
    if (result === -uapi.ENOENT) return undefined;
    if (result < 0) throw new KernelError(operation, -result, `map fd ${mapFd}`);
    return new Uint8Array(map.value);
  }

  /** @libbpf bpf_map_update_elem */
  update(mapFd: number, key: Uint8Array, value: Uint8Array, flags: number): void {
    const map = this.#map(mapFd);
    if (value.length !== map.valueBytes) {
      throw new KernelError('map update', uapi.EINVAL, `value has ${value.length} bytes, need ${map.valueBytes}`);
    }
    map.value.set(value);
    const result = this.#elem(map, 'map update', uapi.BPF_MAP_UPDATE_ELEM, key, flags);
    if (result < 0) throw new KernelError('map update', -result, `map fd ${mapFd}`);
  }

  /** @libbpf bpf_map_delete_elem, bpf_map_delete_elem_flags */
  delete(mapFd: number, key: Uint8Array, flags: number): boolean {
    const map = this.#map(mapFd);
    setKey(map, 'map delete', key);
    const attr = flags === 0 ? map.deleteAttr : encodeAttr(uapi.BPF_ATTR_MAP_ELEM_LAYOUT, { map_fd: mapFd, key: this.#pointer(map.key), flags });
    const result = this.#ffi.bpf(uapi.BPF_MAP_DELETE_ELEM, attr);
    if (result === -uapi.ENOENT) return false;
    if (result < 0) throw new KernelError('map delete', -result, `map fd ${mapFd}`);
    return true;
  }

  /** @libbpf bpf_map_get_next_key */
  nextKey(mapFd: number, key: Uint8Array | undefined): Uint8Array | undefined {
    const map = this.#map(mapFd);
    if (key !== undefined) setKey(map, 'map next key', key);
    const attr = key === undefined ? this.#attr(mapFd, undefined, map.nextKey) : map.nextKeyAttr;
    const result = this.#ffi.bpf(uapi.BPF_MAP_GET_NEXT_KEY, attr);
    if (result === -uapi.ENOENT) return undefined;
    if (result < 0) throw new KernelError('map next key', -result, `map fd ${mapFd}`);
    return map.nextKey.slice();
  }

  /** @libbpf bpf_map_freeze */
  freeze(mapFd: number): void {
    const result = this.#ffi.bpf(uapi.BPF_MAP_FREEZE, this.#attr(mapFd, undefined, undefined));
    if (result < 0) throw new KernelError('map freeze', -result, `map fd ${mapFd}`);
  }

  /** @libbpf bpf_map_lookup_batch, bpf_map_lookup_and_delete_batch */
  lookupBatch(mapFd: number, count: number, { cursor, remove = false, flags = 0 }: MapBatchOptions): MapBatch {
    const map = this.#map(mapFd);
    const keys = new Uint8Array(count * map.keySize);
    const values = new Uint8Array(count * map.valueBytes);
    const { batch } = map;
    if (cursor !== undefined) batch.from.set(cursor.subarray(0, batch.from.length));
    batch.words[0] = cursor === undefined ? 0n : batch.fromAddress;
    batch.words[2] = this.#pointer(keys);
    batch.words[3] = this.#pointer(values);
    batch.counts[8] = count;
    batch.words[5] = BigInt(flags);
    const result = this.#ffi.bpf(remove ? uapi.BPF_MAP_LOOKUP_AND_DELETE_BATCH : uapi.BPF_MAP_LOOKUP_BATCH, batch.attr);
    if (result < 0 && result !== -uapi.ENOENT) {
      throw new KernelError(remove ? 'map lookup and delete batch' : 'map lookup batch', -result, `map fd ${mapFd}, ${count} elements`);
    }
    const found = batch.counts[8];
    const all = found === count;
    return {
      count: found,
      keys: all ? keys : keys.subarray(0, found * map.keySize),
      values: all ? values : values.subarray(0, found * map.valueBytes),
      cursor: result < 0 ? undefined : batch.out.slice(),
    };
  }

  /** @libbpf bpf_map_update_batch */
  updateBatch(mapFd: number, keys: Uint8Array, values: Uint8Array, flags: number): number {
    const map = this.#map(mapFd);
    const count = keys.length / map.keySize;
    if (!Number.isInteger(count) || values.length !== count * map.valueBytes) {
      throw new KernelError('map update batch', uapi.EINVAL, `keys of ${map.keySize} and values of ${map.valueBytes} bytes in ${keys.length} and ${values.length} bytes`);
    }
    const fields = { keys: this.#copy(keys), values: this.#copy(values), count, elem_flags: flags };
    return this.#change('map update batch', uapi.BPF_MAP_UPDATE_BATCH, mapFd, fields);
  }

  /** @libbpf bpf_map_delete_batch */
  deleteBatch(mapFd: number, keys: Uint8Array, flags: number): number {
    const count = keys.length / this.#map(mapFd).keySize;
    if (!Number.isInteger(count)) throw new KernelError('map delete batch', uapi.EINVAL, `${keys.length} bytes are no whole number of keys`);
    const fields = { keys: this.#copy(keys), count, elem_flags: flags };
    return this.#change('map delete batch', uapi.BPF_MAP_DELETE_BATCH, mapFd, fields);
  }

  #change(operation: string, cmd: number, mapFd: number, fields: Readonly<Record<string, number | bigint>>): number {
    if (fields['count'] === 0) return 0;
    const attr = this.#batch(mapFd, fields);
    const result = this.#ffi.bpf(cmd, attr);
    if (result < 0) throw new KernelError(operation, -result, `map fd ${mapFd}, after ${batchCount(attr)} of ${fields['count']} elements`);
    return batchCount(attr);
  }

  /** Address of a copy: the user's bytes may be of any kind of memory. */
  #copy(bytes: Uint8Array): bigint {
    return this.#pointer(new Uint8Array(bytes));
  }

  #batch(mapFd: number, fields: Readonly<Record<string, number | bigint>>): Uint8Array<ArrayBuffer> {
    const attr = new Uint8Array(new ArrayBuffer(uapi.BPF_ATTR_BATCH_LAYOUT.size));
    attr.set(encodeAttr(uapi.BPF_ATTR_BATCH_LAYOUT, { ...fields, map_fd: mapFd }));
    return attr;
  }

  #elem(map: Prepared, operation: string, cmd: number, key: Uint8Array, flags: number): number {
    setKey(map, operation, key);
    if (flags !== 0) map.flags[0] = BigInt(flags);
    const result = this.#ffi.bpfAt(cmd, map.address, ELEM_BYTES);
    if (flags !== 0) map.flags[0] = 0n;
    return result;
  }

  #map(mapFd: number): Prepared {
    recent = prepared.get(mapFd) ?? this.#prepare(mapFd);
    recentFd = mapFd;
    return recent;
  }

  #prepare(mapFd: number): Prepared {
    const { type, keySize, valueBytes, maxEntries } = this.#shape(mapFd);
    const key = new Uint8Array(new ArrayBuffer(keySize));
    const value = new Uint8Array(new ArrayBuffer(valueBytes));
    const nextKey = new Uint8Array(new ArrayBuffer(keySize));
    const attr = this.#attr(mapFd, key, value);
    const map = {
      type,
      keySize,
      valueBytes,
      maxEntries,
      attr,
      address: Number(this.#ffi.address(attr)),
      flags: new BigUint64Array(attr.buffer, 24, 1),
      key,
      value,
      nextKey,
      nextKeyAttr: this.#attr(mapFd, key, nextKey),
      deleteAttr: this.#attr(mapFd, key, undefined),
      batch: this.#prepareBatch(mapFd, keySize),
    };
    prepared.set(mapFd, map);
    return map;
  }

  #prepareBatch(mapFd: number, keySize: number): PreparedBatch {
    // Hash maps go on from a bucket, a number of four bytes, however short their keys are.
    const size = Math.max(keySize, 4);
    const from = new Uint8Array(new ArrayBuffer(size));
    const out = new Uint8Array(new ArrayBuffer(size));
    const attr = this.#batch(mapFd, { out_batch: this.#ffi.address(out) });
    return { attr, words: new BigUint64Array(attr.buffer), counts: new Uint32Array(attr.buffer), from, fromAddress: this.#ffi.address(from), out };
  }

  #attr(mapFd: number, key: Uint8Array<ArrayBuffer> | undefined, value: Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> {
    const fields = { map_fd: mapFd, key: key && this.#pointer(key), value: value && this.#pointer(value) };
    const encoded = encodeAttr(uapi.BPF_ATTR_MAP_ELEM_LAYOUT, fields);
    // Commands that take neither are given no more than they know.
    if (value === undefined) return encoded;
    const attr = new Uint8Array(new ArrayBuffer(uapi.BPF_ATTR_MAP_ELEM_LAYOUT.size));
    attr.set(encoded);
    return attr;
  }

  #pointer(bytes: Uint8Array<ArrayBuffer>): bigint {
    return bytes.length === 0 ? 0n : this.#ffi.address(bytes);
  }
}

function setKey(map: Prepared, operation: string, key: Uint8Array): void {
  if (key.length !== map.keySize) {
    throw new KernelError(operation, uapi.EINVAL, `key has ${key.length} bytes, need ${map.keySize}`);
  }
  const to = map.key;
  // A loop over a few bytes costs less than a call.
  if (to.length <= SHORT_KEY) for (let idx = 0; idx < to.length; idx++) to[idx] = key[idx] as number;
  else to.set(key);
}

function batchCount(attr: Uint8Array<ArrayBuffer>): number {
  return new DataView(attr.buffer).getUint32(32, true);
}
