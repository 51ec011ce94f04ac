// How are Internet checksums computed and kept right?
import {
  BPF_F_HDR_FIELD_MASK,
  BPF_F_MARK_ENFORCE,
  BPF_F_MARK_MANGLED_0,
  BPF_F_PSEUDO_HDR,
  BPF_FUNC_csum_diff,
  BPF_FUNC_csum_level,
  BPF_FUNC_csum_update,
  BPF_FUNC_l3_csum_replace,
  BPF_FUNC_l4_csum_replace,
  EFAULT,
  EINVAL,
  ENOTSUPP,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { packetAddress } from './skb.ts';
import type { HelperRow } from './row.ts';

/** Ones' complement sum of two 32-bit values. */
export function csumAdd(left: number, right: number): number {
  const sum = (left >>> 0) + (right >>> 0);
  return sum > 0xffff_ffff ? (sum + 1) % 0x1_0000_0000 : sum;
}

/** Folds a 32-bit sum to 16 bits. */
export function csumFold(sum: number): number {
  let folded = (sum >>> 16) + (sum & 0xffff);
  folded = (folded >>> 16) + (folded & 0xffff);
  return folded & 0xffff;
}

/** Sum of bytes as little-endian 16-bit words, 32 bits wide. */
function csumBytes(m: Machine, address: number, size: number, start: number): number {
  let sum = start >>> 0;
  for (let at = 0; at < size; at += 4) sum = csumAdd(sum, m.memory.data.getUint32(address + at, true));
  return sum;
}

/** bpf_csum_diff(from, from_size, to, to_size, seed) */
function diff(m: Machine): number {
  const fromSize = m.u32(2);
  const toSize = m.u32(4);
  if (fromSize % 4 !== 0 || toSize % 4 !== 0) return -EINVAL;
  const from = fromSize === 0 ? 0 : m.readPtr(1, fromSize);
  const to = toSize === 0 ? 0 : m.readPtr(3, toSize);
  if (from < 0 || to < 0) return 0;
  let sum = csumBytes(m, to, toSize, m.u32(5));
  // Subtracting is adding the complement.
  for (let at = 0; at < fromSize; at += 4) sum = csumAdd(sum, ~m.memory.data.getUint32(from + at, true));
  // Since 6.13 the result is folded to 16 bits on every architecture.
  return csumFold(sum);
}

/** Replaces a value in a checksum: HC' = ~(~HC + ~m + m'). @source RFC 1624 */
function replaceSum(sum: number, difference: number): number {
  return ~csumFold(csumAdd(~sum & 0xffff, difference)) & 0xffff;
}

/** bpf_l3_csum_replace(skb, offset, from, to, size) */
function replaceL3(m: Machine): number {
  const flags = m.u32(5);
  if ((flags & ~BPF_F_HDR_FIELD_MASK) !== 0 || m.regs[11] !== 0) return -EINVAL;
  const off = m.u32(2);
  if (off > 0xffff || off % 2 !== 0) return -EFAULT;
  const at = packetAddress(m, off, 2);
  if (at < 0) return -EFAULT;
  const difference = fieldDifference(m, flags & BPF_F_HDR_FIELD_MASK);
  if (difference === undefined) return -EINVAL;
  m.memory.data.setUint16(at, replaceSum(m.memory.data.getUint16(at, true), difference), true);
  return 0;
}

/** bpf_l4_csum_replace(skb, offset, from, to, flags) */
function replaceL4(m: Machine): number {
  const flags = m.u32(5);
  const known = BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | BPF_F_HDR_FIELD_MASK | F_IPV6;
  if ((flags & ~known) !== 0 || m.regs[11] !== 0) return -EINVAL;
  const off = m.u32(2);
  if (off > 0xffff || off % 2 !== 0) return -EFAULT;
  const at = packetAddress(m, off, 2);
  if (at < 0) return -EFAULT;
  const mangled = (flags & BPF_F_MARK_MANGLED_0) !== 0;
  const old = m.memory.data.getUint16(at, true);
  // UDP's "no checksum" stays none.
  if (mangled && (flags & BPF_F_MARK_ENFORCE) === 0 && old === 0) return 0;
  const difference = fieldDifference(m, flags & BPF_F_HDR_FIELD_MASK);
  if (difference === undefined) return -EINVAL;
  let sum = replaceSum(old, difference);
  if (mangled && sum === 0) sum = 0xffff;
  m.memory.data.setUint16(at, sum, true);
  return 0;
}

/** A flag newer than the header the constants come from. */
const F_IPV6 = 128;

/** The difference that `from` → `to` (arguments 3 and 4) makes; size 0 means `to` is the difference already. */
function fieldDifference(m: Machine, size: number): number | undefined {
  if (size === 0) return m.isNull(3) ? m.u32(4) : undefined;
  if (size === 2) return csumAdd(~m.u32(3) & 0xffff, m.u32(4) & 0xffff);
  if (size === 4) return csumAdd(~m.u32(3), m.u32(4));
  return undefined;
}

/** Checksums. `csum_update` and `csum_level` concern sums that hardware computed: there are none here. */
export const CSUM_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_csum_diff, diff],
  [BPF_FUNC_l3_csum_replace, replaceL3],
  [BPF_FUNC_l4_csum_replace, replaceL4],
  [BPF_FUNC_csum_update, () => -ENOTSUPP],
  [BPF_FUNC_csum_level, () => -EINVAL],
];
