// How do XDP programs move the borders of a frame?
import {
  BPF_FUNC_xdp_adjust_head,
  BPF_FUNC_xdp_adjust_meta,
  BPF_FUNC_xdp_adjust_tail,
  BPF_FUNC_xdp_get_buff_len,
  BPF_FUNC_xdp_load_bytes,
  BPF_FUNC_xdp_store_bytes,
  EACCES,
  EFAULT,
  EINVAL,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { packetArgument } from './skb.ts';
import type { HelperRow } from './row.ts';

function adjustHead(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  if (!packet.adjustHead(m.s32(2))) return -EINVAL;
  m.context?.sync();
  return 0;
}

function adjustTail(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  if (!packet.adjustTail(m.s32(2))) return -EINVAL;
  m.context?.sync();
  return 0;
}

function adjustMeta(m: Machine): number {
  const packet = packetArgument(m);
  if (packet === undefined) return 0;
  const problem = packet.adjustMeta(m.s32(2));
  if (problem !== undefined) return problem === 'room' ? -EINVAL : -EACCES;
  m.context?.sync();
  return 0;
}

/** bpf_xdp_load_bytes(xdp, offset, buf, len) and bpf_xdp_store_bytes. */
function copy(m: Machine, toPacket: boolean): number {
  const packet = packetArgument(m);
  const size = m.u32(4);
  const buffer = toPacket ? m.readPtr(3, size) : m.writePtr(3, size);
  if (packet === undefined || buffer < 0) return 0;
  const off = m.u32(2);
  if (off > 0xffff || size > 0xffff) return -EFAULT;
  if (off + size > packet.length) return -EINVAL;
  const at = packet.data + off;
  if (toPacket) m.memory.bytes.copyWithin(at, buffer, buffer + size);
  else m.memory.bytes.copyWithin(buffer, at, at + size);
  return 0;
}

/** Frames of XDP. */
export const XDP_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_xdp_adjust_head, adjustHead],
  [BPF_FUNC_xdp_adjust_tail, adjustTail],
  [BPF_FUNC_xdp_adjust_meta, adjustMeta],
  [BPF_FUNC_xdp_get_buff_len, (m) => packetArgument(m)?.length ?? 0],
  [BPF_FUNC_xdp_load_bytes, (m) => copy(m, false)],
  [BPF_FUNC_xdp_store_bytes, (m) => copy(m, true)],
];
