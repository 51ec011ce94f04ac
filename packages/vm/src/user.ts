// How does the user of a map read and write it?
import {
  BPF_EXIST,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_NOEXIST,
  EINVAL,
} from '@rootlet/uapi';
import { checkUpdateFlags } from './maps/map.ts';
import type { VmMap } from './maps/map.ts';
import { QueueMap } from './maps/queue.ts';

/**
 * The operations of `bpf(2)` on maps of bytes: keys and values as arrays. Values of per-CPU maps are one value a CPU,
 * each padded to 8 bytes. Errors are negative errnos.
 */

const PER_CPU_TYPES: readonly number[] = [BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH];

/** Bytes of a value as the user sees it. */
export function userValueSize(map: VmMap): number {
  return PER_CPU_TYPES.includes(map.attr.type) ? map.stride * map.cpus : map.attr.valueSize;
}

/** A copy of the value, or undefined when the key is absent. */
export function lookupElem(map: VmMap, key: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (map instanceof QueueMap) return takeValue(map, false);
  return withKey(map, key, (at) => {
    const value = map.find(at, false);
    return value === 0 ? undefined : map.memory.copyOut(value, userValueSize(map));
  });
}

/** @returns 0 or a negative errno */
export function updateElem(map: VmMap, key: Uint8Array, value: Uint8Array, flags = 0): number {
  if (value.length !== userValueSize(map)) return -EINVAL;
  if (map instanceof QueueMap) return withKey(map, value, (at) => map.push(at, flags));
  const problem = checkUpdateFlags(map.attr, flags);
  if (problem !== 0) return problem;
  return withKey(map, key, (at) => {
    const to = map.enter(at, flags & (BPF_NOEXIST | BPF_EXIST));
    if (to < 0) return to;
    map.memory.bytes.set(value, to);
    return 0;
  });
}

/** @returns 0 or a negative errno */
export function deleteElem(map: VmMap, key: Uint8Array): number {
  return withKey(map, key, (at) => map.delete(at));
}

/** The key after `key`, or the first one; undefined at the end, a negative errno when the map has no order. */
export function nextKey(map: VmMap, key: Uint8Array | undefined): Uint8Array<ArrayBuffer> | number | undefined {
  const size = Math.max(map.attr.keySize, 1);
  return withKey(map, new Uint8Array(size), (out) => {
    const answer = key === undefined ? map.next(0, out) : withKey(map, key, (at) => map.next(at, out));
    if (answer === 0) return map.memory.copyOut(out, map.attr.keySize);
    return answer === -EINVAL ? answer : undefined;
  });
}

/** The next value of a queue or stack, taken off with `remove`; undefined when it is empty. */
export function takeValue(map: QueueMap, remove: boolean): Uint8Array<ArrayBuffer> | undefined {
  const size = map.attr.valueSize;
  return withKey(map, new Uint8Array(size), (at) => (map.pop(at, remove) === 0 ? map.memory.copyOut(at, size) : undefined));
}

/** Copies bytes into the machine's memory for the length of a call. */
export function withKey<T>(map: VmMap, bytes: Uint8Array, use: (address: number) => T): T {
  const at = map.memory.allocate(bytes.length, { what: 'key' });
  if (at === undefined) throw new RangeError('vm: memory is used up');
  map.memory.bytes.set(bytes, at);
  try {
    return use(at);
  } finally {
    map.memory.free(at);
  }
}
