// What do the helpers want that work on sockets, messages and cgroup hooks?
import {
  BPF_PROG_TYPE_CGROUP_SOCKOPT,
  BPF_PROG_TYPE_SK_LOOKUP,
  BPF_PROG_TYPE_SK_REUSEPORT,
  BPF_PROG_TYPE_STRUCT_OPS,
  BPF_PROG_TYPE_SYSCALL,
  BPF_PROG_TYPE_TRACING,
} from '@rootlet/uapi';
import { TRACING_TYPES } from './general.ts';
import type { HelperRow } from '../helper-row.ts';

/** A cast to a socket of the kernel. */
function cast(retStruct: string): HelperRow {
  return { args: ['btf_sock_common'], ret: 'btf_or_null', retStruct, casts: true };
}

const LOOKUP: HelperRow = { args: ['ctx', 'mem', 'size0', 'any', 'any'], ret: 'sock_or_null', pkt: true, acquires: true };
/** Types whose programs name the socket itself. */
const BY_SOCKET: readonly number[] = [BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_PROG_TYPE_STRUCT_OPS, BPF_PROG_TYPE_TRACING];
const COOKIE: HelperRow = { args: ['btf_sock_common', 'mem', 'size', 'mem', 'size'], ret: 'int', gpl: true, pkt: true };

/** By name without `bpf_`. */
export const SOCKET_HELPERS: Readonly<Record<string, HelperRow>> = {
  sk_lookup_tcp: LOOKUP,
  sk_lookup_udp: LOOKUP,
  skc_lookup_tcp: { ...LOOKUP, ret: 'sock_common_or_null' },
  sk_release: { args: ['release_sock'], ret: 'int' },
  sk_fullsock: { args: ['sock_common'], ret: 'sock_or_null', casts: true },
  tcp_sock: { args: ['sock_common'], ret: 'tcp_sock_or_null', casts: true },
  get_listener_sock: { args: ['sock_common'], ret: 'sock_or_null' },
  tcp_check_syncookie: COOKIE,
  tcp_gen_syncookie: COOKIE,
  sk_assign: {
    args: ['ctx', 'btf_sock_common', 'any'],
    ret: 'int',
    variants: [{ progTypes: [BPF_PROG_TYPE_SK_LOOKUP], row: { args: ['ctx', 'socket_or_null', 'any'], ret: 'int' } }],
  },
  sk_cgroup_id: { args: ['btf_sock_common'], ret: 'int' },
  sk_ancestor_cgroup_id: { args: ['btf_sock_common', 'any'], ret: 'int' },
  skc_to_tcp6_sock: cast('tcp6_sock'),
  skc_to_tcp_sock: cast('tcp_sock'),
  skc_to_tcp_timewait_sock: cast('tcp_timewait_sock'),
  skc_to_tcp_request_sock: cast('tcp_request_sock'),
  skc_to_udp6_sock: cast('udp6_sock'),
  // The one cast whose result does not end with the socket.
  skc_to_unix_sock: { args: ['btf_sock_common'], ret: 'btf_or_null', retStruct: 'unix_sock' },
  skc_to_mptcp_sock: { ...cast('mptcp_sock'), args: ['sock_common'] },
  sock_from_file: { args: ['btf'], structs: { 1: 'file' }, ret: 'btf_or_null', retStruct: 'socket' },
  get_socket_cookie: {
    args: ['ctx'],
    ret: 'int',
    variants: [
      {
        progTypes: [...TRACING_TYPES, BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_SK_REUSEPORT],
        row: { args: ['btf_sock_common_or_null'], ret: 'int' },
      },
    ],
  },
  get_netns_cookie: { args: ['ctx_or_null'], ret: 'int' },
  bind: { args: ['ctx', 'mem', 'size'], ret: 'int' },
  setsockopt: {
    args: ['ctx', 'any', 'any', 'mem', 'size'],
    ret: 'int',
    variants: [
      { progTypes: BY_SOCKET, row: { args: ['btf_sock_common', 'any', 'any', 'mem', 'size'], ret: 'int' } },
    ],
  },
  getsockopt: {
    args: ['ctx', 'any', 'any', 'mem_uninit', 'size'],
    ret: 'int',
    variants: [
      {
        progTypes: BY_SOCKET,
        row: { args: ['btf_sock_common', 'any', 'any', 'mem_uninit', 'size'], ret: 'int' },
      },
    ],
  },
  sk_select_reuseport: { args: ['ctx', 'map', 'key', 'any'], ret: 'int' },
  tcp_send_ack: { args: ['btf', 'any'], structs: { 1: 'tcp_sock' }, ret: 'int' },

  sock_map_update: { args: ['ctx', 'map', 'key', 'any'], ret: 'int', pkt: true },
  sock_hash_update: { args: ['ctx', 'map', 'key', 'any'], ret: 'int', pkt: true },
  sk_redirect_map: { args: ['ctx', 'map', 'any', 'any'], ret: 'int' },
  sk_redirect_hash: { args: ['ctx', 'map', 'key', 'any'], ret: 'int' },
  msg_redirect_map: { args: ['ctx', 'map', 'any', 'any'], ret: 'int' },
  msg_redirect_hash: { args: ['ctx', 'map', 'key', 'any'], ret: 'int' },
  msg_apply_bytes: { args: ['ctx', 'any'], ret: 'int' },
  msg_cork_bytes: { args: ['ctx', 'any'], ret: 'int' },
  msg_pull_data: { args: ['ctx', 'any', 'any', 'any'], ret: 'int', changesPacket: true },
  msg_push_data: { args: ['ctx', 'any', 'any', 'any'], ret: 'int', changesPacket: true },
  msg_pop_data: { args: ['ctx', 'any', 'any', 'any'], ret: 'int', changesPacket: true },

  sock_ops_cb_flags_set: { args: ['ctx', 'any'], ret: 'int' },
  load_hdr_opt: { args: ['ctx', 'mem_write', 'size', 'any'], ret: 'int' },
  store_hdr_opt: { args: ['ctx', 'mem', 'size', 'any'], ret: 'int' },
  reserve_hdr_opt: { args: ['ctx', 'any', 'any'], ret: 'int' },

  get_retval: { args: [], ret: 'int' },
  set_retval: { args: ['any'], ret: 'int' },
  sysctl_get_name: { args: ['ctx', 'mem_write', 'size', 'any'], ret: 'int' },
  sysctl_get_current_value: { args: ['ctx', 'mem_uninit', 'size'], ret: 'int' },
  sysctl_get_new_value: { args: ['ctx', 'mem_uninit', 'size'], ret: 'int' },
  sysctl_set_new_value: { args: ['ctx', 'mem', 'size'], ret: 'int' },
};
