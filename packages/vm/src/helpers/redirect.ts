// Where can a program send a packet?
import {
  BPF_F_BROADCAST,
  BPF_F_EXCLUDE_INGRESS,
  BPF_F_INGRESS,
  BPF_FUNC_clone_redirect,
  BPF_FUNC_redirect,
  BPF_FUNC_redirect_map,
  BPF_FUNC_redirect_neigh,
  BPF_FUNC_redirect_peer,
  EINVAL,
  TC_ACT_REDIRECT,
  TC_ACT_SHOT,
  XDP_ABORTED,
  XDP_REDIRECT,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { ArrayMap } from '../maps/array.ts';
import { ObjectMap } from '../maps/objects.ts';
import type { VmMap } from '../maps/map.ts';
import { mapArgument } from './map.ts';
import { packetArgument } from './skb.ts';
import type { HelperRow } from './row.ts';

/** bpf_redirect(ifindex, flags): the verdict differs between XDP and tc. */
function redirect(m: Machine): number {
  const flags = m.u32(2);
  const xdp = m.context?.kind === 'xdp';
  if (xdp ? !m.isNull(2) : (flags & ~BPF_F_INGRESS) !== 0 || m.regs[5] !== 0) return xdp ? XDP_ABORTED : TC_ACT_SHOT;
  m.redirect = { target: m.u32(1), map: undefined, flags };
  return xdp ? XDP_REDIRECT : TC_ACT_REDIRECT;
}

/** bpf_redirect_peer(ifindex, flags) */
function redirectPeer(m: Machine): number {
  if (!m.isNull(2)) return TC_ACT_SHOT;
  m.redirect = { target: m.u32(1), map: undefined, flags: 0 };
  return TC_ACT_REDIRECT;
}

/** bpf_redirect_neigh(ifindex, params, plen, flags) */
function redirectNeigh(m: Machine): number {
  if (!m.isNull(4)) return TC_ACT_SHOT;
  m.redirect = { target: m.u32(1), map: undefined, flags: 0 };
  return TC_ACT_REDIRECT;
}

/** bpf_redirect_map(map, key, flags): the low bits of flags are the answer when there is no such target. */
function redirectMap(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const key = m.u32(2);
  const flags = m.u32(3);
  if ((flags & ~(3 | BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS)) !== 0 || m.regs[7] !== 0) return XDP_ABORTED;
  if ((flags & BPF_F_BROADCAST) === 0 && !hasTarget(m, map, key)) return flags & 3;
  m.redirect = { target: key, map, flags };
  return XDP_REDIRECT;
}

function hasTarget(m: Machine, map: VmMap, key: number): boolean {
  if (map instanceof ObjectMap) return map.byIndex(key) !== undefined;
  if (map instanceof ArrayMap) return key < map.attr.maxEntries && m.memory.data.getUint32(map.at(key), true) !== 0;
  const at = m.memory.allocate(4, { what: 'key of a redirection' });
  if (at === undefined) return false;
  m.memory.data.setUint32(at, key, true);
  const value = map.find(at, true);
  m.memory.free(at);
  return value !== 0;
}

/** bpf_clone_redirect(skb, ifindex, flags): a copy goes off at once. */
function cloneRedirect(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  if ((m.u32(3) & ~BPF_F_INGRESS) !== 0 || m.regs[7] !== 0) return -EINVAL;
  m.clones.push({ target: m.u32(2), map: undefined, flags: m.u32(3), data: packet.bytes() });
  return 0;
}

/** Sending packets elsewhere: recorded for the caller, who owns the network. */
export const REDIRECT_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_redirect, redirect],
  [BPF_FUNC_redirect_peer, redirectPeer],
  [BPF_FUNC_redirect_neigh, redirectNeigh],
  [BPF_FUNC_redirect_map, redirectMap],
  [BPF_FUNC_clone_redirect, cloneRedirect],
];
