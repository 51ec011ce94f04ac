// How far does the packet reach, once a packet pointer was compared with its end?
import { BPF_JGE, BPF_JGT, BPF_JLE, BPF_JLT } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import {
  AT_PKT_END,
  BEYOND_PKT_END,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  withRange,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isZero } from '../domain/index.ts';
import { isSpilled } from '../state/stack.ts';
import { curRegs } from '../state/state.ts';
import type { VerifierState } from '../state/state.ts';
import { flipOp } from './flip.ts';

const MAX_PACKET_OFF = 0xffff;

/** Whether a pointer that is known to lie at or behind the packet's end decides the comparison. */
export function packetBranchTaken(op: number, dst: Reg, src: Reg): 1 | 0 | -1 {
  let pkt: Reg;
  let by = op;
  if (src.type === PTR_TO_PACKET_END) {
    pkt = dst;
  } else if (dst.type === PTR_TO_PACKET_END) {
    pkt = src;
    by = flipOp(op);
  } else {
    return -1;
  }
  if (pkt.range >= 0) return -1;
  switch (by) {
    case BPF_JLE:
    case BPF_JGT:
      return pkt.range === BEYOND_PKT_END ? (by === BPF_JGT ? 1 : 0) : -1;
    case BPF_JLT:
    case BPF_JGE:
      return by === BPF_JGE ? 1 : 0;
    default:
      return -1;
  }
}

/** A pointer to the first byte of the packet, unmoved: the end of its metadata. */
function isPacketStart(reg: Reg): boolean {
  return reg.type === PTR_TO_PACKET && reg.off === 0 && reg.id === 0 && isZero(reg.scalar);
}

/**
 * Learns from `dst op src` where one side is a packet (or metadata) pointer and the other its end.
 *
 * Below, a pointer to byte n below the end proves n bytes; strictly below, n + 1.
 */
export function comparePacket(op: number, insn: Insn, dst: Reg, src: Reg, here: VerifierState, other: VerifierState): boolean {
  let by = op;
  let pkt: Reg;
  let regno: number;
  if ((dst.type === PTR_TO_PACKET && src.type === PTR_TO_PACKET_END) || (dst.type === PTR_TO_PACKET_META && isPacketStart(src))) {
    pkt = dst;
    regno = insn.dst;
  } else if ((dst.type === PTR_TO_PACKET_END && src.type === PTR_TO_PACKET) || (isPacketStart(dst) && src.type === PTR_TO_PACKET_META)) {
    pkt = src;
    regno = insn.src;
    by = flipOp(op);
  } else {
    return false;
  }
  switch (by) {
    case BPF_JGT:
      extendRange(here, pkt, false);
      markEnd(other, regno, true);
      return true;
    case BPF_JLT:
      extendRange(other, pkt, true);
      markEnd(here, regno, false);
      return true;
    case BPF_JGE:
      extendRange(here, pkt, true);
      markEnd(other, regno, false);
      return true;
    case BPF_JLE:
      extendRange(other, pkt, false);
      markEnd(here, regno, true);
      return true;
    default:
      return false;
  }
}

/** The pointer lies at or before the end (`strict`: before it): all pointers with its variable part reach as far. */
function extendRange(state: VerifierState, pkt: Reg, strict: boolean): void {
  if (pkt.off < 0 || (pkt.off === 0 && strict)) return;
  const { umaxLo, umaxHi } = pkt.scalar;
  if (umaxHi !== 0 || umaxLo < 0 || umaxLo + pkt.off > MAX_PACKET_OFF) return;
  const range = strict ? pkt.off + 1 : pkt.off;
  const extend = (reg: Reg): Reg => (reg.type === pkt.type && reg.id === pkt.id && reg.range < range ? withRange(reg, range) : reg);
  for (const frame of state.frames) {
    frame.regs.forEach((reg, i) => (frame.regs[i] = extend(reg)));
    frame.stack.forEach((slot, spi) => {
      if (!isSpilled(slot)) return;
      const spilled = extend(slot.spilled);
      if (spilled !== slot.spilled) frame.stack[spi] = { types: slot.types, spilled };
    });
  }
}

/** The pointer is known to lie at or behind the end. */
function markEnd(state: VerifierState, regno: number, beyond: boolean): void {
  const regs = curRegs(state);
  const reg = regs[regno] as Reg;
  if (reg.type === PTR_TO_PACKET) regs[regno] = withRange(reg, beyond ? BEYOND_PKT_END : AT_PKT_END);
}
