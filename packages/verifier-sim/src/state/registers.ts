// How is every register of a state changed, wherever it is?
import type { Reg } from './reg.ts';
import { isSpilled } from './stack.ts';
import type { VerifierState } from './state.ts';

/** Replaces every register, also spilled ones, in every frame of `state` for which `change` gives another. */
export function mapRegisters(state: VerifierState, change: (reg: Reg) => Reg): void {
  for (const frame of state.frames) {
    frame.regs.forEach((reg, regno) => {
      const changed = change(reg);
      if (changed !== reg) frame.regs[regno] = changed;
    });
    frame.stack.forEach((slot, spi) => {
      if (!isSpilled(slot)) return;
      const changed = change(slot.spilled);
      if (changed !== slot.spilled) frame.stack[spi] = { types: slot.types, spilled: changed };
    });
  }
}
