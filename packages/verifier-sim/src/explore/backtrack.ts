// Which registers must be known exactly before an instruction, given which after it?
import { bug } from '@rootlet/bytes';
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_END,
  BPF_EXIT,
  BPF_IMM,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MOV,
  BPF_NEG,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_ST,
  BPF_STX,
  BPF_X,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
} from '@rootlet/insn';
import { BPF_FUNC_tail_call } from '@rootlet/uapi';
import { callsSyncCallback, isPseudoCall } from '../passes/calls.ts';
import { findSubprogAt } from '../passes/subprograms.ts';
import { formatInsn } from '../log/insn.ts';
import { verbose } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import {
  INSN_F_DST_REG_STACK,
  INSN_F_FRAMENO_MASK,
  INSN_F_SPI_MASK,
  INSN_F_SPI_SHIFT,
  INSN_F_SRC_REG_STACK,
  INSN_F_STACK_ACCESS,
} from '../state/history.ts';
import type { JumpEntry } from '../state/state.ts';
import type { VerifierInput } from '../types.ts';
import { formatSlots } from './live-stack.ts';

const ARGS = 0x3e;
const FP = 10;
/** In {@link Env.touched}: an instruction to be looked at whatever is wanted. */
const ALWAYS = 1 << 16;

/** Registers and stack slots, by frame, that must be precise. One bit each, slots 0 to 31 and 32 to 63 apart. */
export class Wanted {
  frame = 0;
  readonly regs: Int32Array = new Int32Array(8);
  readonly slotsLow: Int32Array = new Int32Array(8);
  readonly slotsHigh: Int32Array = new Int32Array(8);

  /** Nothing is wanted, in no frame. */
  reset(): void {
    this.regs.fill(0);
    this.slotsLow.fill(0);
    this.slotsHigh.fill(0);
  }

  /**
   * Begins in the frame `frame`. What was left over in deeper frames stays, as in the kernel: packet loads leave functions without
   * being seen here, so that links between registers may want something of a frame that was left.
   */
  begin(frame: number): this {
    this.frame = frame;
    return this;
  }

  get isEmpty(): boolean {
    let some = 0;
    for (let fr = this.frame; fr >= 0; fr--) some |= (this.regs[fr] as number) | (this.slotsLow[fr] as number) | (this.slotsHigh[fr] as number);
    return some === 0;
  }

  /** What of {@link touchedRegs} matters. */
  get mask(): number {
    return (this.regs[this.frame] as number) | ALWAYS;
  }

  /** Whether going back over an instruction may change anything. @param touched that of {@link touchedRegs} */
  isTouched(touched: number, entry: JumpEntry | undefined): boolean {
    if ((touched & this.mask) !== 0) return true;
    return entry !== undefined && (entry.linked !== undefined || (entry.flags & INSN_F_STACK_ACCESS) !== 0);
  }

  has(regno: number): boolean {
    return (((this.regs[this.frame] as number) >> regno) & 1) !== 0;
  }

  set(regno: number, frame: number = this.frame): void {
    (this.regs[frame] as number) |= 1 << regno;
  }

  clear(regno: number, frame: number = this.frame): void {
    (this.regs[frame] as number) &= ~(1 << regno);
  }

  hasSlots(frame: number): boolean {
    return ((this.slotsLow[frame] as number) | (this.slotsHigh[frame] as number)) !== 0;
  }

  hasSlot(frame: number, spi: number): boolean {
    return ((((spi < 32 ? this.slotsLow : this.slotsHigh)[frame] as number) >>> (spi & 31)) & 1) !== 0;
  }

  setSlot(frame: number, spi: number): void {
    ((spi < 32 ? this.slotsLow : this.slotsHigh)[frame] as number) |= 1 << (spi & 31);
  }

  clearSlot(frame: number, spi: number): void {
    ((spi < 32 ? this.slotsLow : this.slotsHigh)[frame] as number) &= ~(1 << (spi & 31));
  }

  /** The slots of a frame, bit `i` is slot `i`, in hexadecimal digits. */
  hexSlots(frame: number): string {
    return ((BigInt((this.slotsHigh[frame] as number) >>> 0) << 32n) | BigInt((this.slotsLow[frame] as number) >>> 0)).toString(16);
  }

  /** `regs=r1,r2 stack=-8` of one frame. */
  format(frame: number = this.frame): string {
    const regs: string[] = [];
    for (let regno = 0; regno < 32; regno++) if ((((this.regs[frame] as number) >>> regno) & 1) !== 0) regs.push(`r${regno}`);
    return `regs=${regs.join(',')} stack=${formatSlots(this.slotsLow[frame] as number, this.slotsHigh[frame] as number)}`;
  }
}

/**
 * Result of going back over one instruction: fine; precision cannot be followed; or what is wanted makes no sense here, as the log
 * says: the kernel loses its way behind packet loads that left a function.
 */
export type Backtracked = 'ok' | 'giveUp' | 'broken';

/**
 * Registers, one bit each, without which {@link backtrackInsn} changes nothing at an instruction that is in no history, or without stack
 * access and links there. Most of a path is passed by with one glance at this.
 */
export function touchedRegs({ insns }: VerifierInput): Int32Array {
  const touched = new Int32Array(insns.length);
  for (let idx = 0; idx < insns.length; idx++) {
    const code = insns.code[idx] as number;
    if (code === 0) continue;
    const dst = 1 << (insns.dst[idx] as number);
    const cls = insnClass(code);
    const op = insnOp(code);
    if (cls !== BPF_JMP && cls !== BPF_JMP32) touched[idx] = dst;
    else if (op === BPF_CALL || op === BPF_EXIT) touched[idx] = ALWAYS;
    else if (op !== BPF_JA && op !== BPF_JCOND && insnSrc(code) === BPF_X) touched[idx] = dst | (1 << (insns.src[idx] as number));
  }
  return touched;
}

/**
 * Goes back over the instruction at `idx`.
 *
 * @param nextIdx the instruction that followed it on this path; -1 for none
 */
export function backtrackInsn(env: Env, idx: number, nextIdx: number, entry: JumpEntry | undefined, want: Wanted): Backtracked {
  const { insns } = env.input;
  const code = insns.code[idx] as number;
  if (code === 0) return 'ok';
  if (env.log.level2) verbose(env, `mark_precise: frame${want.frame}: ${want.format()} before ${idx}: ${formatInsn(env, idx)}\n`);
  const dst = insns.dst[idx] as number;
  const src = insns.src[idx] as number;
  syncLinked(want, entry);
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (!want.has(dst)) return 'ok';
      backtrackAlu(code, dst, src, want);
      break;
    case BPF_LDX:
      if (!want.has(dst)) return 'ok';
      want.clear(dst);
      if (!fromStack(entry)) return 'ok';
      want.setSlot(frameOf(entry), slotOf(entry));
      break;
    case BPF_STX:
      if (insnMode(code) === BPF_ATOMIC && insns.imm[idx] === BPF_LOAD_ACQ) {
        if (!want.has(dst)) return 'ok';
        want.clear(dst);
        if (!fromStack(entry)) return 'ok';
        want.setSlot(frameOf(entry), slotOf(entry));
        break;
      }
      if (backtrackStore(want, entry, dst, src) === 'giveUp') return 'giveUp';
      break;
    case BPF_ST:
      if (backtrackStore(want, entry, dst, -1) === 'giveUp') return 'giveUp';
      break;
    case BPF_JMP:
    case BPF_JMP32: {
      const done = backtrackJump(env, idx, nextIdx, entry, want, code);
      if (done !== undefined) return done;
      break;
    }
    case BPF_LD:
      if (!want.has(dst)) return 'ok';
      want.clear(dst);
      if (insnMode(code) !== BPF_IMM) return 'giveUp';
      break;
    default:
      bug('instruction class');
  }
  syncLinked(want, entry);
  return 'ok';
}

function fromStack(entry: JumpEntry | undefined): entry is JumpEntry {
  return entry !== undefined && (entry.flags & INSN_F_STACK_ACCESS) !== 0;
}

function frameOf(entry: JumpEntry): number {
  return entry.flags & INSN_F_FRAMENO_MASK;
}

function slotOf(entry: JumpEntry): number {
  return (entry.flags >> INSN_F_SPI_SHIFT) & INSN_F_SPI_MASK;
}

function backtrackAlu(code: number, dst: number, src: number, want: Wanted): void {
  const op = insnOp(code);
  if (op === BPF_END || op === BPF_NEG) return;
  const fromReg = insnSrc(code) === BPF_X;
  if (op === BPF_MOV) want.clear(dst);
  if (fromReg && src !== FP) want.set(src);
}

function backtrackStore(want: Wanted, entry: JumpEntry | undefined, dst: number, src: number): Backtracked {
  // A number used as an address: the difference of two pointers. It cannot be followed.
  if (want.has(dst)) return 'giveUp';
  if (!fromStack(entry)) return 'ok';
  const frame = frameOf(entry);
  const spi = slotOf(entry);
  if (!want.hasSlot(frame, spi)) return 'ok';
  want.clearSlot(frame, spi);
  if (src >= 0) want.set(src);
  return 'ok';
}

/** @returns undefined when linked registers must be looked at once more */
function backtrackJump(env: Env, idx: number, nextIdx: number, entry: JumpEntry | undefined, want: Wanted, code: number): Backtracked | undefined {
  const { insns } = env.input;
  if (isPseudoCall(env, idx)) return backtrackCall(env, idx, want);
  if (callsSyncCallback(env, idx) && idx !== nextIdx - 1) {
    if (isBeyondArgs(env, 'callback', want)) return 'broken';
    // Out of a callback, into the helper that calls it: its arguments come from the helper.
    for (let regno = 1; regno <= 5; regno++) want.clear(regno);
    return leaveFrame(env, want);
  }
  switch (insnOp(code)) {
    case BPF_CALL:
      // No function of the kernel, as will be said when the program is put together.
      if (insns.src[idx] === BPF_PSEUDO_KFUNC_CALL && insns.imm[idx] === 0) return 'giveUp';
      want.clear(0);
      if (((want.regs[want.frame] as number) & ARGS) !== 0) return broken(env, `backtracking call unexpected regs ${hexRegs(want)}`);
      // Back into a function that was left by a tail call.
      if (insns.src[idx] === 0 && insns.imm[idx] === BPF_FUNC_tail_call && nextIdx !== idx + 1) want.frame++;
      return undefined;
    case BPF_EXIT:
      return backtrackExit(env, nextIdx, want);
    case BPF_JA:
    case BPF_JCOND:
      return undefined;
    default: {
      if (insnSrc(code) !== BPF_X) return undefined;
      const dst = insns.dst[idx] as number;
      const src = insns.src[idx] as number;
      if (!want.has(dst) && !want.has(src)) return 'ok';
      const flags = entry?.flags ?? 0;
      if ((flags & INSN_F_SRC_REG_STACK) === 0) want.set(src);
      if ((flags & INSN_F_DST_REG_STACK) === 0) want.set(dst);
      return undefined;
    }
  }
}

function hexRegs(want: Wanted): string {
  return (want.regs[want.frame] as number).toString(16);
}

function broken(env: Env, what: string): Backtracked {
  verbose(env, `verifier bug: ${what}\n`);
  return 'broken';
}

/** Where a function begins, only its arguments can be wanted still. */
function isBeyondArgs(env: Env, what: string, want: Wanted): boolean {
  if (((want.regs[want.frame] as number) & ~ARGS) !== 0) broken(env, `${what} unexpected regs ${hexRegs(want)}`);
  else if (want.hasSlots(want.frame)) broken(env, `${what} leftover stack slots ${want.hexSlots(want.frame)}`);
  else return false;
  return true;
}

/** Linux 6.18 has written outside of its tables by the time it says this of the main function: no kernel was asked. */
function leaveFrame(env: Env, want: Wanted): Backtracked {
  if (want.frame === 0) return broken(env, 'subprog exit from frame 0');
  want.frame--;
  return 'ok';
}

/** Out of a callee, at its call. */
function backtrackCall(env: Env, idx: number, want: Wanted): Backtracked {
  const callee = env.subprogs[findSubprogAt(env, idx + (env.input.insns.imm[idx] as number) + 1)];
  if (callee?.global === true) {
    want.clear(0);
    return 'ok';
  }
  if (isBeyondArgs(env, 'static subprog', want)) return 'broken';
  for (let regno = 1; regno <= 5; regno++) {
    if (!want.has(regno)) continue;
    want.clear(regno);
    if (want.frame > 0) want.set(regno, want.frame - 1);
  }
  return leaveFrame(env, want);
}

/** Into a callee, from behind its call. */
function backtrackExit(env: Env, nextIdx: number, want: Wanted): Backtracked {
  if (nextIdx >= 0 && env.aux[nextIdx]?.callsCallback === true) for (let regno = 1; regno <= 5; regno++) want.clear(regno);
  const r0 = nextIdx >= 1 && isPseudoCall(env, nextIdx - 1) && want.has(0);
  want.clear(0);
  want.frame++;
  if (r0) want.set(0);
  return 'ok';
}

/** When one of the registers that were linked at this branch is wanted, all are. */
function syncLinked(want: Wanted, entry: JumpEntry | undefined): void {
  const linked = entry?.linked;
  if (linked === undefined) return;
  const some = linked.some(({ frameno, isReg, at }) => (isReg ? (((want.regs[frameno] as number) >> at) & 1) !== 0 : want.hasSlot(frameno, at)));
  if (!some) return;
  for (const { frameno, isReg, at } of linked) {
    if (isReg) want.set(at, frameno);
    else want.setSlot(frameno, at);
  }
}
