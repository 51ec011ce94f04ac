// Which steps of the path must be remembered for going back?
import { ENOMEM, reject } from './env.ts';
import type { Env, Errno } from './env.ts';
import type { LinkedReg } from './state.ts';

/** Frame and slot of a stack access, and whether it is one. */
export const INSN_F_FRAMENO_MASK = 0x7;
export const INSN_F_SPI_SHIFT = 3;
export const INSN_F_SPI_MASK = 0x3f;
export const INSN_F_STACK_ACCESS = 0x200;
/** The comparison's operand is a stack pointer, so it needs no precision. */
export const INSN_F_DST_REG_STACK = 0x400;
export const INSN_F_SRC_REG_STACK = 0x800;

/** Flags of an access to slot `spi` of a frame. */
export function stackAccessFlags(frameno: number, spi: number): number {
  return INSN_F_STACK_ACCESS | (spi << INSN_F_SPI_SHIFT) | frameno;
}

/** Entries of 16 bytes that fit what the kernel can get in one piece: 4 MiB. Measured on 6.18. */
const MAX_ENTRIES = 262_144;

/** Adds the current instruction to the path's history, or `flags` and `linked` to its entry. @returns an errno, about which the log is silent */
export function pushJumpHistory(env: Env, flags: number, linked: readonly LinkedReg[] | undefined): Errno {
  const state = env.cur;
  const last = state.jumpHistory;
  if (env.historyIsCurrent && last !== undefined) {
    state.jumpHistory = {
      idx: last.idx,
      prevIdx: last.prevIdx,
      flags: last.flags | flags,
      linked: linked ?? last.linked,
      prev: last.prev,
      count: last.count,
    };
    return 0;
  }
  if (last !== undefined && last.count >= MAX_ENTRIES) return reject(env, ENOMEM, '');
  env.historyIsCurrent = true;
  state.jumpHistory = {
    idx: env.insnIdx,
    prevIdx: env.prevInsnIdx,
    flags,
    linked,
    prev: last,
    count: last === undefined ? 1 : last.count + 1,
  };
  return 0;
}
