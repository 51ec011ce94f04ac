// How are many elements of a map moved at once?
import { KernelError } from '@rootlet/loader';
import type { MapBatch, MapBatchOptions } from '@rootlet/loader';
import {
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_LRU_HASH,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
  EINVAL,
  ENOENT,
  ENOTSUPP,
} from '@rootlet/uapi';
import { userValueSize } from '@rootlet/vm';
import { lookup, next, remove, update } from './maps.ts';
import type { SimMap } from './objects.ts';
import type { KernelState } from './state.ts';

const HASHES: readonly number[] = [BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH];
/** Maps that are read in batches, and of them those that elements can be taken out of. */
const READABLE: readonly number[] = [
  ...HASHES,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH_OF_MAPS,
];
const DELETABLE: readonly number[] = [...HASHES, BPF_MAP_TYPE_LPM_TRIE, BPF_MAP_TYPE_HASH_OF_MAPS];

/** The cursor is the last key that was read. @throws KernelError `ENOTSUPP` for maps that know no batches */
export function lookupBatch(state: KernelState, map: SimMap, count: number, { cursor, remove: taking = false, flags = 0 }: MapBatchOptions): MapBatch {
  const operation = taking ? 'map lookup and delete batch' : 'map lookup batch';
  require(map, operation, taking ? HASHES : READABLE);
  const { keySize } = map.map.attr;
  const valueSize = userValueSize(map.map);
  const keys = new Uint8Array(count * keySize);
  const values = new Uint8Array(count * valueSize);
  const taken: Uint8Array[] = [];
  let found = 0;
  let key = next(map, taking ? undefined : cursor);
  for (; key !== undefined && found < count; key = next(map, key)) {
    const value = lookup(state, map, key, flags);
    if (value === undefined) continue;
    keys.set(key, found * keySize);
    values.set(value, found * valueSize);
    found++;
    if (taking) taken.push(key);
  }
  for (const old of taken) remove(state, map, old);
  const last = keys.slice((found - 1) * keySize, found * keySize);
  return {
    count: found,
    keys: keys.subarray(0, found * keySize),
    values: values.subarray(0, found * valueSize),
    cursor: key === undefined || found === 0 ? undefined : last,
  };
}

/** @returns number of elements set. @throws KernelError */
export function updateBatch(state: KernelState, map: SimMap, keys: Uint8Array, values: Uint8Array, flags: number): number {
  require(map, 'map update batch', READABLE);
  const valueSize = map.held === undefined ? userValueSize(map.map) : 4;
  const count = countKeys(map, 'map update batch', keys);
  if (values.length !== count * valueSize) throw new KernelError('map update batch', EINVAL, `${values.length} bytes are no ${count} values`);
  for (let idx = 0; idx < count; idx++) update(state, map, keyAt(map, keys, idx), values.subarray(idx * valueSize, (idx + 1) * valueSize), flags);
  return count;
}

/** @returns number of elements removed. @throws KernelError */
export function deleteBatch(state: KernelState, map: SimMap, keys: Uint8Array): number {
  require(map, 'map delete batch', DELETABLE);
  const count = countKeys(map, 'map delete batch', keys);
  for (let idx = 0; idx < count; idx++) {
    if (!remove(state, map, keyAt(map, keys, idx))) throw new KernelError('map delete batch', ENOENT, `after ${idx} of ${count} elements`);
  }
  return count;
}

function require(map: SimMap, operation: string, types: readonly number[]): void {
  if (!types.includes(map.map.attr.type)) throw new KernelError(operation, ENOTSUPP, `map '${map.map.attr.name}'`);
}

function countKeys(map: SimMap, operation: string, keys: Uint8Array): number {
  const count = keys.length / map.map.attr.keySize;
  if (!Number.isInteger(count)) throw new KernelError(operation, EINVAL, `${keys.length} bytes are no whole number of keys`);
  return count;
}

function keyAt(map: SimMap, keys: Uint8Array, idx: number): Uint8Array {
  const { keySize } = map.map.attr;
  return keys.subarray(idx * keySize, (idx + 1) * keySize);
}
