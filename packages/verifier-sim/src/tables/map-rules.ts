// Which map types may a helper work on?
import * as uapi from '@rootlet/uapi';

/** Helpers that a map type is open to; map types that are missing are open to all that do not ask for others. */
const HELPERS_OF_MAP: Readonly<Record<number, readonly number[]>> = {
  [uapi.BPF_MAP_TYPE_PROG_ARRAY]: [uapi.BPF_FUNC_tail_call],
  [uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY]: [
    uapi.BPF_FUNC_perf_event_read,
    uapi.BPF_FUNC_perf_event_output,
    uapi.BPF_FUNC_skb_output,
    uapi.BPF_FUNC_perf_event_read_value,
    uapi.BPF_FUNC_xdp_output,
  ],
  [uapi.BPF_MAP_TYPE_RINGBUF]: [
    uapi.BPF_FUNC_ringbuf_output,
    uapi.BPF_FUNC_ringbuf_reserve,
    uapi.BPF_FUNC_ringbuf_query,
    uapi.BPF_FUNC_ringbuf_reserve_dynptr,
    uapi.BPF_FUNC_ringbuf_submit_dynptr,
    uapi.BPF_FUNC_ringbuf_discard_dynptr,
  ],
  [uapi.BPF_MAP_TYPE_USER_RINGBUF]: [uapi.BPF_FUNC_user_ringbuf_drain],
  [uapi.BPF_MAP_TYPE_STACK_TRACE]: [uapi.BPF_FUNC_get_stackid],
  [uapi.BPF_MAP_TYPE_CGROUP_ARRAY]: [uapi.BPF_FUNC_skb_under_cgroup, uapi.BPF_FUNC_current_task_under_cgroup],
  [uapi.BPF_MAP_TYPE_CGROUP_STORAGE]: [uapi.BPF_FUNC_get_local_storage],
  [uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE]: [uapi.BPF_FUNC_get_local_storage],
  [uapi.BPF_MAP_TYPE_DEVMAP]: [uapi.BPF_FUNC_redirect_map, uapi.BPF_FUNC_map_lookup_elem],
  [uapi.BPF_MAP_TYPE_DEVMAP_HASH]: [uapi.BPF_FUNC_redirect_map, uapi.BPF_FUNC_map_lookup_elem],
  [uapi.BPF_MAP_TYPE_CPUMAP]: [uapi.BPF_FUNC_redirect_map],
  [uapi.BPF_MAP_TYPE_XSKMAP]: [uapi.BPF_FUNC_redirect_map, uapi.BPF_FUNC_map_lookup_elem],
  [uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS]: [uapi.BPF_FUNC_map_lookup_elem],
  [uapi.BPF_MAP_TYPE_HASH_OF_MAPS]: [uapi.BPF_FUNC_map_lookup_elem],
  [uapi.BPF_MAP_TYPE_SOCKMAP]: [
    uapi.BPF_FUNC_sk_redirect_map,
    uapi.BPF_FUNC_sock_map_update,
    uapi.BPF_FUNC_msg_redirect_map,
    uapi.BPF_FUNC_sk_select_reuseport,
    uapi.BPF_FUNC_map_lookup_elem,
  ],
  [uapi.BPF_MAP_TYPE_SOCKHASH]: [
    uapi.BPF_FUNC_sk_redirect_hash,
    uapi.BPF_FUNC_sock_hash_update,
    uapi.BPF_FUNC_msg_redirect_hash,
    uapi.BPF_FUNC_sk_select_reuseport,
    uapi.BPF_FUNC_map_lookup_elem,
  ],
  [uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY]: [uapi.BPF_FUNC_sk_select_reuseport],
  [uapi.BPF_MAP_TYPE_QUEUE]: [uapi.BPF_FUNC_map_peek_elem, uapi.BPF_FUNC_map_pop_elem, uapi.BPF_FUNC_map_push_elem],
  [uapi.BPF_MAP_TYPE_STACK]: [uapi.BPF_FUNC_map_peek_elem, uapi.BPF_FUNC_map_pop_elem, uapi.BPF_FUNC_map_push_elem],
  [uapi.BPF_MAP_TYPE_BLOOM_FILTER]: [uapi.BPF_FUNC_map_peek_elem, uapi.BPF_FUNC_map_push_elem],
  [uapi.BPF_MAP_TYPE_SK_STORAGE]: [uapi.BPF_FUNC_sk_storage_get, uapi.BPF_FUNC_sk_storage_delete, uapi.BPF_FUNC_kptr_xchg],
  [uapi.BPF_MAP_TYPE_INODE_STORAGE]: [uapi.BPF_FUNC_inode_storage_get, uapi.BPF_FUNC_inode_storage_delete, uapi.BPF_FUNC_kptr_xchg],
  [uapi.BPF_MAP_TYPE_TASK_STORAGE]: [uapi.BPF_FUNC_task_storage_get, uapi.BPF_FUNC_task_storage_delete, uapi.BPF_FUNC_kptr_xchg],
  [uapi.BPF_MAP_TYPE_CGRP_STORAGE]: [uapi.BPF_FUNC_cgrp_storage_get, uapi.BPF_FUNC_cgrp_storage_delete, uapi.BPF_FUNC_kptr_xchg],
};

const PERF_ARRAY: readonly number[] = [uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY];
const RINGBUF: readonly number[] = [uapi.BPF_MAP_TYPE_RINGBUF];
const CGROUP_ARRAY: readonly number[] = [uapi.BPF_MAP_TYPE_CGROUP_ARRAY];
const SOCKMAP: readonly number[] = [uapi.BPF_MAP_TYPE_SOCKMAP];
const SOCKHASH: readonly number[] = [uapi.BPF_MAP_TYPE_SOCKHASH];
const QUEUES: readonly number[] = [uapi.BPF_MAP_TYPE_QUEUE, uapi.BPF_MAP_TYPE_STACK];
const QUEUES_AND_BLOOM: readonly number[] = [...QUEUES, uapi.BPF_MAP_TYPE_BLOOM_FILTER];

/** Map types that a helper asks for; helpers that are missing work on every map type that is open to them. */
const MAPS_OF_HELPER: Readonly<Record<number, readonly number[]>> = {
  [uapi.BPF_FUNC_tail_call]: [uapi.BPF_MAP_TYPE_PROG_ARRAY],
  [uapi.BPF_FUNC_perf_event_read]: PERF_ARRAY,
  [uapi.BPF_FUNC_perf_event_output]: PERF_ARRAY,
  [uapi.BPF_FUNC_perf_event_read_value]: PERF_ARRAY,
  [uapi.BPF_FUNC_skb_output]: PERF_ARRAY,
  [uapi.BPF_FUNC_xdp_output]: PERF_ARRAY,
  [uapi.BPF_FUNC_ringbuf_output]: RINGBUF,
  [uapi.BPF_FUNC_ringbuf_reserve]: RINGBUF,
  [uapi.BPF_FUNC_ringbuf_query]: RINGBUF,
  [uapi.BPF_FUNC_ringbuf_reserve_dynptr]: RINGBUF,
  [uapi.BPF_FUNC_ringbuf_submit_dynptr]: RINGBUF,
  [uapi.BPF_FUNC_ringbuf_discard_dynptr]: RINGBUF,
  [uapi.BPF_FUNC_user_ringbuf_drain]: [uapi.BPF_MAP_TYPE_USER_RINGBUF],
  [uapi.BPF_FUNC_get_stackid]: [uapi.BPF_MAP_TYPE_STACK_TRACE],
  [uapi.BPF_FUNC_current_task_under_cgroup]: CGROUP_ARRAY,
  [uapi.BPF_FUNC_skb_under_cgroup]: CGROUP_ARRAY,
  [uapi.BPF_FUNC_redirect_map]: [
    uapi.BPF_MAP_TYPE_DEVMAP,
    uapi.BPF_MAP_TYPE_DEVMAP_HASH,
    uapi.BPF_MAP_TYPE_CPUMAP,
    uapi.BPF_MAP_TYPE_XSKMAP,
  ],
  [uapi.BPF_FUNC_sk_redirect_map]: SOCKMAP,
  [uapi.BPF_FUNC_msg_redirect_map]: SOCKMAP,
  [uapi.BPF_FUNC_sock_map_update]: SOCKMAP,
  [uapi.BPF_FUNC_sk_redirect_hash]: SOCKHASH,
  [uapi.BPF_FUNC_msg_redirect_hash]: SOCKHASH,
  [uapi.BPF_FUNC_sock_hash_update]: SOCKHASH,
  [uapi.BPF_FUNC_get_local_storage]: [uapi.BPF_MAP_TYPE_CGROUP_STORAGE, uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE],
  [uapi.BPF_FUNC_sk_select_reuseport]: [uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, ...SOCKMAP, ...SOCKHASH],
  [uapi.BPF_FUNC_map_pop_elem]: QUEUES,
  [uapi.BPF_FUNC_map_peek_elem]: QUEUES_AND_BLOOM,
  [uapi.BPF_FUNC_map_push_elem]: QUEUES_AND_BLOOM,
  [uapi.BPF_FUNC_map_lookup_percpu_elem]: [
    uapi.BPF_MAP_TYPE_PERCPU_ARRAY,
    uapi.BPF_MAP_TYPE_PERCPU_HASH,
    uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH,
  ],
  [uapi.BPF_FUNC_sk_storage_get]: [uapi.BPF_MAP_TYPE_SK_STORAGE],
  [uapi.BPF_FUNC_sk_storage_delete]: [uapi.BPF_MAP_TYPE_SK_STORAGE],
  [uapi.BPF_FUNC_inode_storage_get]: [uapi.BPF_MAP_TYPE_INODE_STORAGE],
  [uapi.BPF_FUNC_inode_storage_delete]: [uapi.BPF_MAP_TYPE_INODE_STORAGE],
  [uapi.BPF_FUNC_task_storage_get]: [uapi.BPF_MAP_TYPE_TASK_STORAGE],
  [uapi.BPF_FUNC_task_storage_delete]: [uapi.BPF_MAP_TYPE_TASK_STORAGE],
  [uapi.BPF_FUNC_cgrp_storage_get]: [uapi.BPF_MAP_TYPE_CGRP_STORAGE],
  [uapi.BPF_FUNC_cgrp_storage_delete]: [uapi.BPF_MAP_TYPE_CGRP_STORAGE],
};

/** Map types whose helpers rootlet cannot judge yet, and why. */
export const MAP_TYPES_NOT_YET: Readonly<Record<number, string>> = {
  [uapi.BPF_MAP_TYPE_UNSPEC]: 'not a map type',
  [uapi.BPF_MAP_TYPE_STRUCT_OPS]: 'programs do not use it',
};

/** Program types that may replace and delete sockets in a map with the ordinary helpers. */
const SOCKMAP_WRITERS: readonly number[] = [
  uapi.BPF_PROG_TYPE_SOCKET_FILTER,
  uapi.BPF_PROG_TYPE_SCHED_CLS,
  uapi.BPF_PROG_TYPE_SCHED_ACT,
  uapi.BPF_PROG_TYPE_XDP,
  uapi.BPF_PROG_TYPE_SK_REUSEPORT,
  uapi.BPF_PROG_TYPE_FLOW_DISSECTOR,
  uapi.BPF_PROG_TYPE_SK_LOOKUP,
];

/** Whether a map type holds sockets. */
export function isSocketMap(mapType: number): boolean {
  return mapType === uapi.BPF_MAP_TYPE_SOCKMAP || mapType === uapi.BPF_MAP_TYPE_SOCKHASH;
}

/** How a helper and a map go together. */
export type MapFit = 'fits' | 'refused' | 'no socket map updates here';

/** Whether helper `funcId` may work on maps of `mapType` in programs of `progType`, attached as `attachType`. */
export function fitMap(mapType: number, funcId: number, progType: number, attachType: number): MapFit {
  const open = HELPERS_OF_MAP[mapType];
  if (open !== undefined && !open.includes(funcId)) {
    if (!isSocketMap(mapType)) return 'refused';
    if (funcId !== uapi.BPF_FUNC_map_update_elem && funcId !== uapi.BPF_FUNC_map_delete_elem) return 'refused';
    const isDelete = funcId === uapi.BPF_FUNC_map_delete_elem && progType === uapi.BPF_PROG_TYPE_SOCK_OPS;
    const isIterator = progType === uapi.BPF_PROG_TYPE_TRACING && attachType === uapi.BPF_TRACE_ITER;
    if (!isDelete && !isIterator && !SOCKMAP_WRITERS.includes(progType)) return 'no socket map updates here';
  }
  const wanted = MAPS_OF_HELPER[funcId];
  return wanted === undefined || wanted.includes(mapType) ? 'fits' : 'refused';
}

/** Programs only read the map. */
export const BPF_F_RDONLY_PROG: number = 1 << 7;

/** Flags of a map as the kernel keeps them: what programs find in a device map they only read. */
export function effectiveMapFlags(map: { readonly type: number; readonly flags: number }): number {
  const isDevmap = map.type === uapi.BPF_MAP_TYPE_DEVMAP || map.type === uapi.BPF_MAP_TYPE_DEVMAP_HASH;
  return isDevmap ? map.flags | BPF_F_RDONLY_PROG : map.flags;
}

/** Map types whose elements `bpf_for_each_map_elem` visits. */
export const FOR_EACH_MAPS: readonly number[] = [
  uapi.BPF_MAP_TYPE_HASH,
  uapi.BPF_MAP_TYPE_ARRAY,
  uapi.BPF_MAP_TYPE_PERCPU_HASH,
  uapi.BPF_MAP_TYPE_PERCPU_ARRAY,
  uapi.BPF_MAP_TYPE_LRU_HASH,
  uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH,
];

/** Helpers that a map whose elements programs must not write refuses. */
export const MAP_WRITERS: readonly number[] = [
  uapi.BPF_FUNC_map_update_elem,
  uapi.BPF_FUNC_map_delete_elem,
  uapi.BPF_FUNC_map_push_elem,
  uapi.BPF_FUNC_map_pop_elem,
];

/** Map types with an element for every index, so that a lookup with a known index in range is never null. */
export const NEVER_NULL_MAPS: readonly number[] = [uapi.BPF_MAP_TYPE_ARRAY, uapi.BPF_MAP_TYPE_PERCPU_ARRAY];
