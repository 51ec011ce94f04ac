// May this program use this map at all?
import * as uapi from '@rootlet/uapi';
import { EACCES, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import type { VerifierMap } from '../types.ts';

const EBUSY = -16;
const BPF_F_SLEEPABLE = 16;

const TRACING: readonly number[] = [
  uapi.BPF_PROG_TYPE_KPROBE,
  uapi.BPF_PROG_TYPE_TRACEPOINT,
  uapi.BPF_PROG_TYPE_PERF_EVENT,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
];

/** Maps whose elements are not freed while a sleeping program uses them. */
const FOR_SLEEPERS: readonly number[] = [
  uapi.BPF_MAP_TYPE_HASH,
  uapi.BPF_MAP_TYPE_LRU_HASH,
  uapi.BPF_MAP_TYPE_ARRAY,
  uapi.BPF_MAP_TYPE_PERCPU_HASH,
  uapi.BPF_MAP_TYPE_PERCPU_ARRAY,
  uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH,
  uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS,
  uapi.BPF_MAP_TYPE_HASH_OF_MAPS,
  uapi.BPF_MAP_TYPE_RINGBUF,
  uapi.BPF_MAP_TYPE_USER_RINGBUF,
  uapi.BPF_MAP_TYPE_INODE_STORAGE,
  uapi.BPF_MAP_TYPE_SK_STORAGE,
  uapi.BPF_MAP_TYPE_TASK_STORAGE,
  uapi.BPF_MAP_TYPE_CGRP_STORAGE,
  uapi.BPF_MAP_TYPE_QUEUE,
  uapi.BPF_MAP_TYPE_STACK,
  uapi.BPF_MAP_TYPE_ARENA,
];

/** Fields of values that tracing programs must not come near: what they interrupt may hold them. */
const NOT_FOR_TRACING: readonly string[] = ['bpf_spin_lock', 'bpf_timer', 'bpf_wq'];

/** Compares a map that the program names for the first time with the program's type and flags. */
export function checkMapUse(env: Env, map: VerifierMap): Errno {
  if (map.forAnother === true) return reject(env, EACCES, "program's hash doesn't match map's excl_prog_hash\n");
  const { extensionMaps, resSpinLock } = env.profile.features;
  const progType = extensionMaps ? env.input.progType : env.prog.id;
  const names = specialFields(map).map(({ name }) => (resSpinLock ? name.replace('bpf_res_spin_lock', 'bpf_spin_lock') : name));
  if (TRACING.includes(progType) && (names.includes('bpf_list_head') || names.includes('bpf_rb_root'))) {
    return reject(env, EINVAL, 'tracing progs cannot use bpf_{list_head,rb_root} yet\n');
  }
  if (names.includes('bpf_spin_lock') && progType === uapi.BPF_PROG_TYPE_SOCKET_FILTER) {
    return reject(env, EINVAL, 'socket filter progs cannot use bpf_spin_lock yet\n');
  }
  const field = TRACING.includes(progType) ? NOT_FOR_TRACING.find((name) => names.includes(name)) : undefined;
  if (field !== undefined) return reject(env, EINVAL, `tracing progs cannot use ${field} yet\n`);
  if (((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0 && !FOR_SLEEPERS.includes(map.type)) {
    return reject(env, EINVAL, 'Sleepable programs can only use array, hash, ringbuf and local storage maps\n');
  }
  if (map.type === uapi.BPF_MAP_TYPE_ARENA && env.usedMaps.some(({ type }) => type === map.type)) {
    return reject(env, EBUSY, 'Only one arena per program\n');
  }
  if (map.type === uapi.BPF_MAP_TYPE_ARENA && map.placed === false) {
    return reject(env, EINVAL, "arena's user address must be set via map_extra or mmap()\n");
  }
  const isStorage = map.type === uapi.BPF_MAP_TYPE_CGROUP_STORAGE || map.type === uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
  if (isStorage && env.usedMaps.some((other) => other.type === map.type)) {
    return reject(env, EBUSY, 'only one cgroup storage of each type is allowed\n');
  }
  return 0;
}
