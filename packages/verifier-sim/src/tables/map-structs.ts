// What struct of the kernel describes a map of each type?
import * as uapi from '@rootlet/uapi';

/** By map type; those that are not listed are `bpf_array`. */
export const MAP_STRUCTS: Readonly<Record<number, string>> = {
  [uapi.BPF_MAP_TYPE_ARRAY]: 'bpf_array',
  [uapi.BPF_MAP_TYPE_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_LRU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_PERCPU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_HASH_OF_MAPS]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_RINGBUF]: 'bpf_ringbuf_map',
  [uapi.BPF_MAP_TYPE_USER_RINGBUF]: 'bpf_ringbuf_map',
  [uapi.BPF_MAP_TYPE_LPM_TRIE]: 'lpm_trie',
  [uapi.BPF_MAP_TYPE_QUEUE]: 'bpf_queue_stack',
  [uapi.BPF_MAP_TYPE_STACK]: 'bpf_queue_stack',
  [uapi.BPF_MAP_TYPE_DEVMAP]: 'bpf_dtab',
  [uapi.BPF_MAP_TYPE_DEVMAP_HASH]: 'bpf_dtab',
  [uapi.BPF_MAP_TYPE_CPUMAP]: 'bpf_cpu_map',
  [uapi.BPF_MAP_TYPE_SOCKMAP]: 'bpf_stab',
  [uapi.BPF_MAP_TYPE_SOCKHASH]: 'bpf_shtab',
  [uapi.BPF_MAP_TYPE_XSKMAP]: 'xsk_map',
  [uapi.BPF_MAP_TYPE_STACK_TRACE]: 'bpf_stack_map',
  [uapi.BPF_MAP_TYPE_SK_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_INODE_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_TASK_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_CGRP_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_CGROUP_STORAGE]: 'bpf_cgroup_storage_map',
  [uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE]: 'bpf_cgroup_storage_map',
  [uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY]: 'reuseport_array',
  [uapi.BPF_MAP_TYPE_BLOOM_FILTER]: 'bpf_bloom_filter',
  [uapi.BPF_MAP_TYPE_ARENA]: 'bpf_arena',
  [uapi.BPF_MAP_TYPE_STRUCT_OPS]: 'bpf_struct_ops_map',
};
