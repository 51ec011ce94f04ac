// What do the helpers want that work on maps, ring buffers, dynptrs and callbacks?
import { BPF_PROG_TYPE_CGROUP_SOCK, BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_TRACING } from '@rootlet/uapi';
import type { HelperRow } from '../helper-row.ts';

/** By name without `bpf_`. */
export const MAP_HELPERS: Readonly<Record<string, HelperRow>> = {
  map_lookup_elem: { args: ['map', 'key'], ret: 'map_value_or_null', pkt: true },
  map_update_elem: { args: ['map', 'key', 'value', 'any'], ret: 'int', pkt: true },
  map_delete_elem: { args: ['map', 'key'], ret: 'int', pkt: true },
  map_push_elem: { args: ['map', 'value', 'any'], ret: 'int', pkt: true },
  map_pop_elem: { args: ['map', 'value_uninit'], ret: 'int' },
  map_peek_elem: { args: ['map', 'value_uninit'], ret: 'int' },
  map_lookup_percpu_elem: { args: ['map', 'key', 'any'], ret: 'map_value_or_null', pkt: true },
  for_each_map_elem: { args: ['map', 'func', 'stack_or_null', 'any'], ret: 'int' },
  tail_call: { args: ['ctx', 'map', 'any'], ret: 'void', changesPacket: true },
  get_local_storage: { args: ['map', 'any'], ret: 'map_value' },
  spin_lock: { args: ['spin_lock'], ret: 'void' },
  spin_unlock: { args: ['spin_lock'], ret: 'void' },
  kptr_xchg: { args: ['kptr', 'kptr_new_or_null'], ret: 'kptr_or_null', acquires: true },

  timer_init: { args: ['timer', 'map', 'any'], ret: 'int', gpl: true },
  timer_set_callback: { args: ['timer', 'func'], ret: 'int', gpl: true },
  timer_start: { args: ['timer', 'any', 'any'], ret: 'int', gpl: true },
  timer_cancel: { args: ['timer'], ret: 'int', gpl: true },
  loop: { args: ['any', 'func', 'stack_or_null', 'any'], ret: 'int' },

  ringbuf_output: { args: ['map', 'mem', 'size0', 'any'], ret: 'int' },
  ringbuf_reserve: { args: ['map', 'alloc_size', 'any'], ret: 'ringbuf_mem_or_null', acquires: true },
  ringbuf_submit: { args: ['ringbuf_mem', 'any'], ret: 'void' },
  ringbuf_discard: { args: ['ringbuf_mem', 'any'], ret: 'void' },
  ringbuf_query: { args: ['map', 'any'], ret: 'int' },
  user_ringbuf_drain: { args: ['map', 'func', 'stack_or_null', 'any'], ret: 'int' },
  ringbuf_reserve_dynptr: { args: ['map', 'any', 'any', 'dynptr_uninit'], ret: 'int' },
  ringbuf_submit_dynptr: { args: ['ringbuf_dynptr', 'any'], ret: 'void' },
  ringbuf_discard_dynptr: { args: ['ringbuf_dynptr', 'any'], ret: 'void' },
  dynptr_from_mem: { args: ['mem_uninit', 'size0', 'any', 'dynptr_uninit'], ret: 'int' },
  dynptr_read: { args: ['mem_uninit', 'size0', 'dynptr', 'any', 'any'], ret: 'int' },
  dynptr_write: { args: ['dynptr', 'any', 'mem', 'size0', 'any'], ret: 'int' },
  dynptr_data: { args: ['dynptr', 'any', 'alloc_size'], ret: 'dynptr_mem_or_null' },

  sk_storage_get: {
    args: ['map', 'btf_sock_common', 'value_or_null', 'any'],
    ret: 'map_value_or_null',
    variants: [
      {
        progTypes: [BPF_PROG_TYPE_CGROUP_SOCK],
        row: { args: ['map', 'ctx', 'value_or_null', 'any'], ret: 'map_value_or_null' },
      },
      {
        progTypes: [BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_SYSCALL],
        row: { args: ['map', 'btf_or_null', 'value_or_null', 'any'], structs: { 2: 'sock_common' }, ret: 'map_value_or_null' },
      },
    ],
  },
  sk_storage_delete: {
    args: ['map', 'btf_sock_common'],
    ret: 'int',
    variants: [
      { progTypes: [BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_SYSCALL], row: { args: ['map', 'btf_or_null'], structs: { 2: 'sock_common' }, ret: 'int' } },
    ],
  },
  inode_storage_get: { args: ['map', 'btf_or_null', 'value_or_null', 'any'], structs: { 2: 'inode' }, ret: 'map_value_or_null' },
  inode_storage_delete: { args: ['map', 'btf_or_null'], structs: { 2: 'inode' }, ret: 'int' },
  task_storage_get: { args: ['map', 'btf_or_null', 'value_or_null', 'any'], structs: { 2: 'task_struct' }, ret: 'map_value_or_null' },
  task_storage_delete: { args: ['map', 'btf_or_null'], structs: { 2: 'task_struct' }, ret: 'int' },
  cgrp_storage_get: { args: ['map', 'btf_or_null', 'value_or_null', 'any'], structs: { 2: 'cgroup' }, ret: 'map_value_or_null' },
  cgrp_storage_delete: { args: ['map', 'btf_or_null'], structs: { 2: 'cgroup' }, ret: 'int' },
};
