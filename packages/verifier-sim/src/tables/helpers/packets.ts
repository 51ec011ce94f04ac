// What do the helpers want that read, change and redirect packets?
import {
  BPF_PROG_TYPE_LWT_IN,
  BPF_PROG_TYPE_LWT_OUT,
  BPF_PROG_TYPE_LWT_SEG6LOCAL,
  BPF_PROG_TYPE_LWT_XMIT,
  BPF_PROG_TYPE_SCHED_ACT,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_SYSCALL,
  BPF_PROG_TYPE_TRACING,
} from '@rootlet/uapi';
import type { HelperRow } from '../helper-row.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const TCP_HEADER = 20;

/** By name without `bpf_`. */
export const PACKET_HELPERS: Readonly<Record<string, HelperRow>> = {
  skb_store_bytes: { args: ['ctx', 'any', 'mem', 'size', 'any'], ret: 'int', changesPacket: true },
  skb_load_bytes: { args: ['ctx', 'any', 'mem_uninit', 'size'], ret: 'int' },
  skb_load_bytes_relative: { args: ['ctx', 'any', 'mem_uninit', 'size', 'any'], ret: 'int' },
  skb_pull_data: { args: ['ctx', 'any'], ret: 'int', changesPacket: true },
  l3_csum_replace: { args: ['ctx', 'any', 'any', 'any', 'any'], ret: 'int', changesPacket: true },
  l4_csum_replace: { args: ['ctx', 'any', 'any', 'any', 'any'], ret: 'int', changesPacket: true },
  csum_diff: { args: ['mem_or_null', 'size0', 'mem_or_null', 'size0', 'any'], ret: 'int', pkt: true },
  csum_update: { args: ['ctx', 'any'], ret: 'int' },
  csum_level: { args: ['ctx', 'any'], ret: 'int' },
  get_hash_recalc: { args: ['ctx'], ret: 'int' },
  set_hash_invalid: { args: ['ctx'], ret: 'int' },
  set_hash: { args: ['ctx', 'any'], ret: 'int' },
  skb_vlan_push: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  skb_vlan_pop: { args: ['ctx'], ret: 'int', changesPacket: true },
  skb_change_proto: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  skb_change_type: { args: ['ctx', 'any'], ret: 'int' },
  skb_change_tail: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  skb_change_head: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  skb_adjust_room: { args: ['ctx', 'any', 'any', 'any'], ret: 'int', changesPacket: true },
  skb_set_tstamp: { args: ['ctx', 'any', 'any'], ret: 'int' },
  skb_ecn_set_ce: { args: ['ctx'], ret: 'int' },
  skb_get_tunnel_key: { args: ['ctx', 'mem_uninit', 'size', 'any'], ret: 'int' },
  skb_set_tunnel_key: { args: ['ctx', 'mem', 'size', 'any'], ret: 'int' },
  skb_get_tunnel_opt: { args: ['ctx', 'mem_uninit', 'size'], ret: 'int' },
  skb_set_tunnel_opt: { args: ['ctx', 'mem', 'size'], ret: 'int' },
  skb_get_xfrm_state: { args: ['ctx', 'any', 'mem_uninit', 'size', 'any'], ret: 'int' },
  skb_under_cgroup: { args: ['ctx', 'map', 'any'], ret: 'int' },
  skb_cgroup_id: { args: ['ctx'], ret: 'int' },
  skb_ancestor_cgroup_id: { args: ['ctx', 'any'], ret: 'int' },
  skb_cgroup_classid: { args: ['ctx'], ret: 'int' },
  get_cgroup_classid: {
    args: [],
    ret: 'int',
    variants: [
      {
        progTypes: [
          BPF_PROG_TYPE_SCHED_CLS,
          BPF_PROG_TYPE_SCHED_ACT,
          BPF_PROG_TYPE_LWT_IN,
          BPF_PROG_TYPE_LWT_OUT,
          BPF_PROG_TYPE_LWT_XMIT,
          BPF_PROG_TYPE_LWT_SEG6LOCAL,
        ],
        row: { args: ['ctx'], ret: 'int' },
      },
    ],
  },
  get_route_realm: { args: ['ctx'], ret: 'int' },
  get_socket_uid: { args: ['ctx'], ret: 'int' },
  clone_redirect: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  redirect: { args: ['any', 'any'], ret: 'int' },
  redirect_map: { args: ['map', 'any', 'any'], ret: 'int' },
  redirect_neigh: { args: ['any', 'mem_or_null', 'size0', 'any'], ret: 'int' },
  redirect_peer: { args: ['any', 'any'], ret: 'int' },
  fib_lookup: { args: ['ctx', 'mem_write', 'size', 'any'], ret: 'int', gpl: true },
  check_mtu: { args: ['ctx', 'any', 'int', 'any', 'any'], ret: 'int', gpl: true },

  xdp_adjust_head: { args: ['ctx', 'any'], ret: 'int', changesPacket: true },
  xdp_adjust_tail: { args: ['ctx', 'any'], ret: 'int', changesPacket: true },
  xdp_adjust_meta: { args: ['ctx', 'any'], ret: 'int', changesPacket: true },
  xdp_get_buff_len: {
    args: ['ctx'],
    ret: 'int',
    variants: [{ progTypes: [BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_SYSCALL], row: { args: ['btf'], structs: { 1: 'xdp_buff' }, ret: 'int' } }],
  },
  xdp_load_bytes: { args: ['ctx', 'any', 'mem_uninit', 'size'], ret: 'int' },
  xdp_store_bytes: { args: ['ctx', 'any', 'mem', 'size'], ret: 'int' },
  skb_output: { args: ['btf', 'map', 'any', 'mem', 'size0'], structs: { 1: 'sk_buff' }, ret: 'int', gpl: true },
  xdp_output: { args: ['btf', 'map', 'any', 'mem', 'size0'], structs: { 1: 'xdp_buff' }, ret: 'int', gpl: true },

  lwt_push_encap: { args: ['ctx', 'any', 'mem', 'size'], ret: 'int', changesPacket: true },
  lwt_seg6_store_bytes: { args: ['ctx', 'any', 'mem', 'size'], ret: 'int', changesPacket: true },
  lwt_seg6_adjust_srh: { args: ['ctx', 'any', 'any'], ret: 'int', changesPacket: true },
  lwt_seg6_action: { args: ['ctx', 'any', 'mem', 'size'], ret: 'int', changesPacket: true },

  tcp_raw_gen_syncookie_ipv4: { args: [{ fixed: IPV4_HEADER }, 'mem', 'size0'], ret: 'int', gpl: true, pkt: true },
  tcp_raw_gen_syncookie_ipv6: { args: [{ fixed: IPV6_HEADER }, 'mem', 'size0'], ret: 'int', gpl: true, pkt: true },
  tcp_raw_check_syncookie_ipv4: { args: [{ fixed: IPV4_HEADER }, { fixed: TCP_HEADER }], ret: 'int', gpl: true, pkt: true },
  tcp_raw_check_syncookie_ipv6: { args: [{ fixed: IPV6_HEADER }, { fixed: TCP_HEADER }], ret: 'int', gpl: true, pkt: true },
};
