// How do programs read and change socket buffers?
import {
  BPF_F_INVALIDATE_HASH,
  BPF_F_RECOMPUTE_CSUM,
  BPF_FUNC_get_cgroup_classid,
  BPF_FUNC_get_hash_recalc,
  BPF_FUNC_get_route_realm,
  BPF_FUNC_set_hash,
  BPF_FUNC_set_hash_invalid,
  BPF_FUNC_skb_adjust_room,
  BPF_FUNC_skb_change_head,
  BPF_FUNC_skb_change_tail,
  BPF_FUNC_skb_change_type,
  BPF_FUNC_skb_load_bytes,
  BPF_FUNC_skb_load_bytes_relative,
  BPF_FUNC_skb_pull_data,
  BPF_FUNC_skb_store_bytes,
  BPF_ADJ_ROOM_MAC,
  BPF_ADJ_ROOM_NET,
  BPF_HDR_START_MAC,
  BPF_HDR_START_NET,
  EFAULT,
  EINVAL,
  ENOMEM,
  ENOTSUPP,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import type { Packet } from '../packet.ts';
import type { HelperRow } from './row.ts';

const ETH_HLEN = 14;
/** Byte offsets in `struct __sk_buff`. */
const SKB_PKT_TYPE = 4;
const SKB_HASH = 68;

/** The packet behind argument 1; undefined after setting a fault. */
export function packetArgument(m: Machine): Packet | undefined {
  const { context } = m;
  if (context?.packet !== undefined && context.address === m.u32(1) && m.regs[3] === 0) return context.packet;
  m.stop('argument', 'argument 1 is not the context of a packet');
  return undefined;
}

/** Address of `size` bytes at byte `off` of the packet; -1 when they are not all there. */
export function packetAddress(m: Machine, off: number, size: number): number {
  const packet = packetArgument(m);
  if (packet === undefined || off + size > packet.length) return -1;
  return packet.data + off;
}

function fill(m: Machine, to: number, size: number): number {
  m.memory.bytes.fill(0, to, to + size);
  return -EFAULT;
}

/** bpf_skb_load_bytes(skb, offset, to, len): what cannot be read is zeros. */
function load(m: Machine): number {
  const size = m.u32(4);
  const to = m.writePtr(3, size);
  if (to < 0) return 0;
  const off = m.u32(2);
  const from = off > 0x7fff_ffff ? -1 : packetAddress(m, off, size);
  if (from < 0) return fill(m, to, size);
  m.memory.bytes.copyWithin(to, from, from + size);
  return 0;
}

/** bpf_skb_load_bytes_relative(skb, offset, to, len, start_header) */
function loadRelative(m: Machine): number {
  const size = m.u32(4);
  const to = m.writePtr(3, size);
  const packet = packetArgument(m);
  if (to < 0 || packet === undefined) return 0;
  const pulled = m.context?.pulled ?? 0;
  const off = m.u32(2);
  const header = m.u32(5);
  if (off > 0xffff || (header !== BPF_HDR_START_MAC && header !== BPF_HDR_START_NET)) return fill(m, to, size);
  const link = packet.data - pulled;
  const from = (header === BPF_HDR_START_MAC ? link : link + ETH_HLEN) + off;
  if (from + size > packet.end) return fill(m, to, size);
  m.memory.bytes.copyWithin(to, from, from + size);
  return 0;
}

/** bpf_skb_store_bytes(skb, offset, from, len, flags) */
function store(m: Machine): number {
  const size = m.u32(4);
  const from = m.readPtr(3, size);
  if (from < 0) return 0;
  if ((m.u32(5) & ~(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH)) !== 0 || m.regs[11] !== 0) return -EINVAL;
  const off = m.u32(2);
  const to = off > 0x7fff_ffff ? -1 : packetAddress(m, off, size);
  if (to < 0) return -EFAULT;
  m.memory.bytes.copyWithin(to, from, from + size);
  if ((m.u32(5) & BPF_F_INVALIDATE_HASH) !== 0) setField(m, SKB_HASH, 0);
  return 0;
}

/** bpf_skb_pull_data(skb, len): all of a packet is linear here. */
function pull(m: Machine): number {
  const packet = packetArgument(m);
  return packet === undefined ? 0 : m.u32(2) > packet.length ? -ENOMEM : 0;
}

function setField(m: Machine, off: number, value: number): void {
  if (m.context !== undefined) m.memory.data.setUint32(m.context.address + off, value, true);
}

/** After the packet moved. */
function moved(m: Machine, done: boolean, errno: number): number {
  if (!done) return -errno;
  m.context?.sync();
  return 0;
}

function changeTail(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  const length = m.u32(2);
  if (!m.isNull(3) || length > 0xffff || length < ETH_HLEN) return -EINVAL;
  return moved(m, packet.resize(length), ENOMEM);
}

function changeHead(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  const grow = m.u32(2);
  if (!m.isNull(3) || grow > 0xffff) return -EINVAL;
  return moved(m, packet.adjustRoom(0, grow), ENOMEM);
}

/** bpf_skb_adjust_room(skb, len_diff, mode, flags): without encapsulation flags. */
function adjustRoom(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  const delta = m.s32(2);
  const mode = m.u32(3);
  if (Math.abs(delta) > 0xfff) return -EFAULT;
  const ethertype = packet.length >= ETH_HLEN ? m.memory.data.getUint16(packet.data + 12, false) : 0;
  const network = ethertype === 0x0800 ? 20 : ethertype === 0x86dd ? 40 : 0;
  if (network === 0) return -ENOTSUPP;
  if (mode !== BPF_ADJ_ROOM_MAC && mode !== BPF_ADJ_ROOM_NET) return -ENOTSUPP;
  const off = mode === BPF_ADJ_ROOM_MAC ? ETH_HLEN : ETH_HLEN + network;
  if (delta < 0 && packet.length - ETH_HLEN + delta < network) return -ENOTSUPP;
  return moved(m, packet.adjustRoom(off, delta), ENOMEM);
}

function hash(m: Machine): number {
  return m.context === undefined ? 0 : m.memory.data.getUint32(m.context.address + SKB_HASH, true);
}

function setHash(m: Machine, value: number): number {
  if (packetArgument(m) !== undefined) setField(m, SKB_HASH, value);
  return 0;
}

/** bpf_skb_change_type(skb, type): only among the kinds that are not looped back. */
function changeType(m: Machine): number {
  if (packetArgument(m) === undefined) return 0;
  const wanted = m.u32(2);
  const current = m.memory.data.getUint32((m.context?.address ?? 0) + SKB_PKT_TYPE, true);
  if (current > 3 || wanted > 3) return -EINVAL;
  setField(m, SKB_PKT_TYPE, wanted);
  return 0;
}

/** Socket buffers. */
export const SKB_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_skb_load_bytes, load],
  [BPF_FUNC_skb_load_bytes_relative, loadRelative],
  [BPF_FUNC_skb_store_bytes, store],
  [BPF_FUNC_skb_pull_data, pull],
  [BPF_FUNC_skb_change_tail, changeTail],
  [BPF_FUNC_skb_change_head, changeHead],
  [BPF_FUNC_skb_adjust_room, adjustRoom],
  [BPF_FUNC_skb_change_type, changeType],
  [BPF_FUNC_get_hash_recalc, hash],
  [BPF_FUNC_set_hash, (m) => setHash(m, m.u32(2))],
  [BPF_FUNC_set_hash_invalid, (m) => setHash(m, 0)],
  [BPF_FUNC_get_cgroup_classid, () => 0],
  [BPF_FUNC_get_route_realm, () => 0],
];
