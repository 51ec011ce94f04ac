// What is known before an instruction, as data for those who show or check it?
import { formatReg, formatRegType } from './format-reg.ts';
import { formatSlot } from './format-state.ts';
import type { Env } from '../state/env.ts';
import { NOT_INIT } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isSpilled } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import type { Frame } from '../state/state.ts';

/** The numbers something may be; all bounds are inclusive. */
export interface KnownRange {
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly u32min: number;
  readonly u32max: number;
  readonly s32min: number;
  readonly s32max: number;
  /** Bits that are known, unknown ones being 0, and 1 where a bit is unknown. */
  readonly tnum: { readonly value: bigint; readonly mask: bigint };
}

/** What a register or a spilled register may hold. */
export interface KnownReg {
  /** `scalar`, `ctx`, `fp`, `map_value_or_null`, …: as the log names it, without details. */
  readonly kind: string;
  /** As the log prints it: `scalar(umin=1,umax=5)`, `fp-8`. */
  readonly text: string;
  /** Constant part of a pointer's offset, bytes. */
  readonly off: number;
  /** The number; of a pointer, the variable part of its offset. */
  readonly range: KnownRange;
  /** The exact number matters to what was proved so far. */
  readonly precise: boolean;
}

/** A slot of 8 bytes of stack that was written to. */
export interface KnownSlot {
  /** As the log prints it: `0`, `mmmm????`, `scalar()`. */
  readonly text: string;
  /** What was spilled there, whole; undefined for other bytes. */
  readonly reg: KnownReg | undefined;
}

/** What is known before an instruction, on one of the paths that lead to it. */
export interface KnownState {
  readonly insnIdx: number;
  /** Number of this instruction among the processed ones, from 1. */
  readonly processed: number;
  /** Frames of functions and callbacks it is nested in; 0 is the function that was begun with. */
  readonly frameno: number;
  /** Registers 0 to 10 of the innermost frame; undefined when nothing was written there. */
  readonly regs: readonly (KnownReg | undefined)[];
  /** Stack of the innermost frame by offset from its top, e.g. -8. */
  readonly stack: ReadonlyMap<number, KnownSlot>;
}

/** The state that is about to be stepped. It stays as it is: registers and slots are never changed, only exchanged. */
export function knownState(env: Env): KnownState {
  const { cur } = env;
  const { frameno, regs, stack } = cur.frames[cur.curframe] as Frame;
  const slots = stack.slice();
  return {
    insnIdx: env.insnIdx,
    processed: env.insnProcessed,
    frameno: cur.curframe,
    regs: regs.map((reg) => (reg.type === NOT_INIT ? undefined : new RegView(reg, frameno))),
    get stack() {
      return knownStack(slots, frameno);
    },
  };
}

function knownStack(slots: readonly StackSlot[], frameno: number): ReadonlyMap<number, KnownSlot> {
  const stack = new Map<number, KnownSlot>();
  slots.forEach((slot, spi) => {
    const text = slot.types === 0 ? undefined : formatSlot(slot, frameno);
    if (text !== undefined) stack.set((spi + 1) * -8, { text, reg: isSpilled(slot) ? new RegView(slot.spilled, frameno) : undefined });
  });
  return stack;
}

/** Most of what is known is never looked at: it is put together when it is asked for. */
class RegView implements KnownReg {
  readonly #reg: Reg;
  readonly #frameno: number;

  constructor(reg: Reg, frameno: number) {
    this.#reg = reg;
    this.#frameno = frameno;
  }

  get kind(): string {
    return formatRegType(this.#reg.type, this.#reg.flags);
  }

  get text(): string {
    return formatReg(this.#reg, this.#frameno);
  }

  get off(): number {
    return this.#reg.off;
  }

  get range(): KnownRange {
    return this.#reg.scalar;
  }

  get precise(): boolean {
    return this.#reg.precise;
  }
}
