// What does a map of each type look like at its smallest?
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';

/** Arguments of creating the smallest map of a type. */
export interface SmallestMap {
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Wants maps in it. */
  readonly nested: boolean;
  /** Wants to be described by {@link STORAGE_BTF}. */
  readonly described: boolean;
}

const STORAGE: Partial<SmallestMap> = { valueSize: 8, maxEntries: 0, flags: uapi.BPF_F_NO_PREALLOC, described: true };
const RING: Partial<SmallestMap> = { keySize: 0, valueSize: 0, maxEntries: 65_536 };

const SMALLEST: ReadonlyMap<number, Partial<SmallestMap>> = new Map([
  [uapi.BPF_MAP_TYPE_STACK_TRACE, { valueSize: 8 }],
  [uapi.BPF_MAP_TYPE_LPM_TRIE, { keySize: 8, valueSize: 8, flags: uapi.BPF_F_NO_PREALLOC }],
  [uapi.BPF_MAP_TYPE_CGROUP_STORAGE, { keySize: 16, valueSize: 8, maxEntries: 0 }],
  [uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, { keySize: 16, valueSize: 8, maxEntries: 0 }],
  [uapi.BPF_MAP_TYPE_QUEUE, { keySize: 0 }],
  [uapi.BPF_MAP_TYPE_STACK, { keySize: 0 }],
  [uapi.BPF_MAP_TYPE_BLOOM_FILTER, { keySize: 0 }],
  [uapi.BPF_MAP_TYPE_SK_STORAGE, STORAGE],
  [uapi.BPF_MAP_TYPE_INODE_STORAGE, STORAGE],
  [uapi.BPF_MAP_TYPE_TASK_STORAGE, STORAGE],
  [uapi.BPF_MAP_TYPE_CGRP_STORAGE, STORAGE],
  [uapi.BPF_MAP_TYPE_RINGBUF, RING],
  [uapi.BPF_MAP_TYPE_USER_RINGBUF, RING],
  [uapi.BPF_MAP_TYPE_ARENA, { keySize: 0, valueSize: 0, flags: uapi.BPF_F_MMAPABLE }],
  [uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS, { nested: true }],
  [uapi.BPF_MAP_TYPE_HASH_OF_MAPS, { nested: true }],
]);

export function smallestMap(type: number): SmallestMap {
  return { keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, nested: false, described: false, ...SMALLEST.get(type) };
}

/** An `int` as key, type 1, and a number of 8 bytes as value, type 2. */
export const STORAGE_KEY_TYPE = 1;
export const STORAGE_VALUE_TYPE = 2;

export function storageBtf(): Uint8Array<ArrayBuffer> {
  const btf = new BtfBuilder();
  btf.addInt('int', 4, BTF_INT_SIGNED);
  btf.addInt('long', 8, BTF_INT_SIGNED);
  return btf.encode();
}
