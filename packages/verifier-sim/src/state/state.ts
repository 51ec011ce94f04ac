// What is known at one point of one path?
import { bug } from '@rootlet/bytes';
import { REG_NOT_INIT } from './reg.ts';
import type { Reg } from './reg.ts';
import type { StackSlot } from './stack.ts';

/** `callsite` of a function that nothing in the program called. */
export const BPF_MAIN_FUNC: number = -1;

/** Calls deep a program may be, the main function included. */
export const MAX_CALL_FRAMES = 8;

/** One function activation. The arrays are owned by the state; the records in them are shared. */
export interface Frame {
  /** R0 to R10. */
  readonly regs: Reg[];
  /** Slot `i` covers the bytes `fp-8*(i+1)` to `fp-8*i-1`; grows as the function touches more of its stack. */
  readonly stack: StackSlot[];
  /** Instruction that called; -1 for the main function. */
  callsite: number;
  frameno: number;
  subprogno: number;
  inCallback: boolean;
  inAsyncCallback: boolean;
  /** How many callbacks that run later led to this one. */
  asyncEntries: number;
  inExceptionCallback: boolean;
  /** What a callback may return. */
  callbackRet: readonly [bigint, bigint];
  /** Iterations of the callback simulated so far. */
  callbackDepth: number;
  /** The compare-and-exchange of 32 bits that R0 is of, while its upper half was not read; -1 is none. */
  exchangedAt: number;
}

/** Kinds of {@link Reference}. */
export const REF_PTR = 2;
export const REF_LOCK = 8;
export const REF_IRQ = 4;
export const REF_RES_LOCK = 16;
export const REF_RES_LOCK_IRQ = 32;

/** Something acquired that must be released. Immutable. */
export interface Reference {
  readonly type: number;
  readonly id: number;
  /** Where it was acquired. */
  readonly insnIdx: number;
  /** Locks: the register's pointer identity (map or BTF object). */
  readonly ptr: unknown;
}

/** One step of a path, kept for precision backtracking where it cannot be inferred. A list from the newest to the oldest. */
export interface JumpEntry {
  readonly idx: number;
  readonly prevIdx: number;
  /** `INSN_F_*`: stack access with its frame and slot. */
  readonly flags: number;
  /** Registers and slots that were linked by id when the instruction was a branch. */
  readonly linked: readonly LinkedReg[] | undefined;
  readonly prev: JumpEntry | undefined;
  /** Length of the list from here. */
  readonly count: number;
}

/** A register or stack slot that shares its scalar id with others. */
export interface LinkedReg {
  readonly frameno: number;
  readonly isReg: boolean;
  /** Register number, or slot index. */
  readonly at: number;
}

/** Everything known at one instruction of one path. */
export interface VerifierState {
  frames: Frame[];
  /** Index of the innermost frame. */
  curframe: number;
  refs: Reference[];
  /** Locks held; also inside {@link refs}. */
  activeLocks: number;
  activePreemptLocks: number;
  activeRcuLocks: number;
  activeIrqId: number;
  activeLockId: number;
  activeLockPtr: unknown;
  /** rootlet's own (S9): least numbers of elements that sized buffers are known to have, by the size argument's register. */
  sizeMins: readonly number[];
  speculative: boolean;
  inSleepable: boolean;
  /** The state this path left when it was checkpointed. */
  parent: VerifierState | undefined;
  /** Paths that go through this state and have not ended. */
  branches: number;
  insnIdx: number;
  firstInsnIdx: number;
  lastInsnIdx: number;
  jumpHistory: JumpEntry | undefined;
  dfsDepth: number;
  callbackUnrollDepth: number;
  mayGotoDepth: number;
  /** For a path that was cut off at a loop's checkpoint: that checkpoint. */
  equalState: VerifierState | undefined;
}

/** The innermost frame. */
export function curFrame(state: VerifierState): Frame {
  return state.frames[state.curframe] ?? bug('state without a frame');
}

/** Registers of the innermost frame. */
export function curRegs(state: VerifierState): Reg[] {
  return curFrame(state).regs;
}

/** Frame a stack pointer points into. */
export function regFrame(state: VerifierState, reg: Reg): Frame {
  return state.frames[reg.frameno] ?? bug('stack pointer into a frame that is gone');
}

/** A frame that was just entered. */
export function createFrame(callsite: number, frameno: number, subprogno: number): Frame {
  return {
    regs: new Array<Reg>(11).fill(REG_NOT_INIT),
    stack: [],
    callsite,
    frameno,
    subprogno,
    inCallback: false,
    inAsyncCallback: false,
    asyncEntries: 0,
    inExceptionCallback: false,
    callbackRet: [0n, 0n],
    callbackDepth: 0,
    exchangedAt: -1,
  };
}

/** A copy of a state: new frames, same records. */
export function copyState(state: VerifierState): VerifierState {
  return {
    frames: state.frames.map(copyFrame),
    curframe: state.curframe,
    refs: state.refs.length === 0 ? [] : state.refs.slice(),
    activeLocks: state.activeLocks,
    activePreemptLocks: state.activePreemptLocks,
    activeRcuLocks: state.activeRcuLocks,
    activeIrqId: state.activeIrqId,
    activeLockId: state.activeLockId,
    activeLockPtr: state.activeLockPtr,
    sizeMins: state.sizeMins,
    speculative: state.speculative,
    inSleepable: state.inSleepable,
    parent: state.parent,
    branches: state.branches,
    insnIdx: state.insnIdx,
    firstInsnIdx: state.firstInsnIdx,
    lastInsnIdx: state.lastInsnIdx,
    jumpHistory: state.jumpHistory,
    dfsDepth: state.dfsDepth,
    callbackUnrollDepth: state.callbackUnrollDepth,
    mayGotoDepth: state.mayGotoDepth,
    equalState: state.equalState,
  };
}

/** A copy of a frame: new arrays, same records. */
export function copyFrame(frame: Frame): Frame {
  return {
    regs: frame.regs.slice(),
    stack: frame.stack.slice(),
    callsite: frame.callsite,
    frameno: frame.frameno,
    subprogno: frame.subprogno,
    inCallback: frame.inCallback,
    inAsyncCallback: frame.inAsyncCallback,
    asyncEntries: frame.asyncEntries,
    inExceptionCallback: frame.inExceptionCallback,
    callbackRet: frame.callbackRet,
    callbackDepth: frame.callbackDepth,
    exchangedAt: frame.exchangedAt,
  };
}
