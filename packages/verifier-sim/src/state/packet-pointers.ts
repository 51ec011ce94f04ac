// Which registers die when the packet may have moved?
import { isPacketPointer, isPacketSlice, PTR_TO_PACKET_END, REG_UNKNOWN } from './reg.ts';
import type { Reg } from './reg.ts';
import { mapRegisters } from './registers.ts';
import type { VerifierState } from './state.ts';

function dies(reg: Reg): boolean {
  return isPacketPointer(reg) || reg.type === PTR_TO_PACKET_END || isPacketSlice(reg);
}

/** All packet pointers become mere numbers: after a call of something that may change packet data. */
export function clearPacketPointers(state: VerifierState): void {
  mapRegisters(state, (reg) => (dies(reg) ? REG_UNKNOWN : reg));
}
