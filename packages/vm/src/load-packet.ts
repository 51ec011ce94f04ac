// What do the packet loads inherited from classic BPF read?
import type { Machine } from './machine.ts';

/** Offsets from here up count from the network header. @source UAPI linux/filter.h */
const SKF_NET_OFF = -0x10_0000;
/** Offsets from here up to the one above count from the link layer header. */
const SKF_LL_OFF = -0x20_0000;

/**
 * r0 = bytes of the packet at an offset, in network order.
 *
 * @param size 1, 2 or 4 bytes
 * @param index index of the register to add, or -1
 * @returns false when there are no such bytes (or, with `fault` set, no packet)
 */
export function loadPacket(m: Machine, size: number, index: number, off: number): boolean {
  const packet = m.context?.kind === 'skb' ? m.context.packet : undefined;
  if (packet === undefined) {
    m.stop('argument', 'packet load without a socket buffer');
    return false;
  }
  const at = (index < 0 ? off : off + m.regs[index]!) | 0;
  const pulled = m.context?.pulled ?? 0;
  let address = packet.data + at;
  // A program that starts at the link layer has the network header 14 bytes on.
  if (at >= SKF_NET_OFF && at < 0) address = packet.data + (pulled > 0 ? 0 : 14) + (at - SKF_NET_OFF);
  else if (at >= SKF_LL_OFF && at < 0) address = packet.data - pulled + (at - SKF_LL_OFF);
  if (address < packet.data - pulled || (at >= 0 && address < packet.data) || address + size > packet.end) return false;
  const { data } = m.memory;
  if (size === 1) m.regs[0] = data.getUint8(address);
  else if (size === 2) m.regs[0] = data.getUint16(address, false);
  else m.regs[0] = data.getInt32(address, false);
  m.regs[1] = 0;
  return true;
}
