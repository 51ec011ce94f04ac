// What does every room get to see of the verification that is under way?
import { BPF_FUNC_d_path, BPF_FUNC_sk_storage_delete, BPF_FUNC_sk_storage_get, BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_TRACING } from '@rootlet/uapi';
import type { Insn } from '@rootlet/insn';
import { scalarConst32 } from '../domain/index.ts';
import type { Log } from '../log/log.ts';
import type { KernelProfile, VerifierInput } from '../types.ts';
import type { ProgTypeRow } from '../tables/types.ts';
import type { Subprogram } from '../passes/subprograms.ts';
import { curRegs } from './state.ts';
import type { VerifierState } from './state.ts';
import { scalarReg } from './reg.ts';
import type { Reg } from './reg.ts';
import type { Traced } from './traced.ts';
import type { VerifierMap } from '../types.ts';

/**
 * Outcome of a check: 0 when it passes, else the negative errno of the rejection, whose message has been written to the log.
 * A rejection is a value that is handed up; nothing is thrown.
 */
export type Errno = number;

export const EPERM = -1;
export const ENOENT = -2;
export const E2BIG = -7;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EACCES = -13;
export const EFAULT = -14;
export const EINVAL = -22;
export const EDOM = -33;
export const ENOTSUPP = -524;
export const EOPNOTSUPP = -95;

/** What the explorer does for the rooms below it. */
export interface Engine {
  /** Marks the number in register `regno` of the innermost frame as precise, back through the path. */
  markChainPrecision(env: Env, regno: number): Errno;
  /** The same for the number spilled in stack slot `spi` of a frame. */
  markSlotPrecision(env: Env, frameno: number, spi: number): Errno;
  /** Splits the path: a copy of the current state, to be explored later from `insnIdx`. Undefined when too many are pending. */
  pushState(env: Env, insnIdx: number, prevInsnIdx: number): VerifierState | undefined;
  /** A path that begins in subprogram `subprogno`, called by the kernel at some later time. Undefined when too many are pending. */
  pushAsync(env: Env, subprogno: number, sleepable: boolean): VerifierState | undefined;
  /** Another iteration of the loop that passes `insnIdx` begins: numbers that it changes are widened in `next`. */
  widenLoop(env: Env, insnIdx: number, next: VerifierState): void;
  /** A callback returned to the helper that calls it: numbers its iterations change are widened. */
  widenAfterCallback(env: Env): void;
}

/** What is known of the instruction itself, over all paths. */
export interface InsnAux {
  /** Registers alive before the instruction, one bit each. */
  liveRegs: number;
  /** A state may be remembered here. */
  prunePoint: boolean;
  /** A state is always remembered here. */
  forceCheckpoint: boolean;
  /** Not always reached from the instruction before it: goes into the jump history. */
  jumpPoint: boolean;
  /** Takes the next element of an iterator. */
  iterNext: boolean;
  /** Calls a helper that calls back. */
  callsCallback: boolean;
  /** A spill or fill that will be taken out, around a call that leaves registers alone. */
  isFastcall: boolean;
  seen: boolean;
  /** Strongly connected component of the control-flow graph; 0 is none. */
  scc: number;
  /** Kind of pointer the instruction loads or stores through: all paths must agree. */
  ptrType: number;
  ptrFlags: number;
  /** Two-slot load of a map: which. */
  map: VerifierMap | undefined;
  /** The map that the called helper works on; null when paths differ. */
  calledMap: VerifierMap | null | undefined;
  /** The called helper is given an object that every processor has one of, made by the program. */
  takesPercpuObject: boolean;
  /** Something reads the upper half of what a compare-and-exchange of 32 bits left. */
  upperHalfRead: boolean;
  /** The instruction as a record, and its constant operand; made when they are first needed. */
  insn: Insn | undefined;
  operand: Reg | undefined;
}

/** What the rooms tell the live-stack analysis. */
export interface LiveStack {
  /** The current instruction may read slot `spi` of a frame. */
  markRead(env: Env, frameno: number, spi: number): void;
  /** The current instruction certainly overwrites slot `spi` of a frame. */
  markWrite(frameno: number, spi: number): void;
  /** A function or the path is about to end: what was learned is spread. */
  update(env: Env): void;
  /** Another frame becomes the innermost. */
  leave(): void;
}

/** One verification under way. Everything mutable that is not part of a path's state hangs here. */
export interface Env {
  readonly input: VerifierInput;
  readonly profile: KernelProfile;
  readonly log: Log;
  readonly engine: Engine;
  /** The type's row; of a program that extends another, that one's. */
  readonly prog: ProgTypeRow;
  /** Expected attach type, likewise. */
  readonly attachType: number;
  /** What the program is attached to, where its context is the arguments of a function. */
  traced: Traced | undefined;
  /** By instruction. */
  readonly aux: InsnAux[];
  /** Where control goes after instruction `i`: at `2 * i` and behind it; -1 for nowhere. See passes/successors. */
  successors: Int32Array;
  /** By the first instruction of a function: its instructions, each after its successors. */
  postorders: ReadonlyMap<number, Int32Array>;
  /** Which wanted registers an instruction has to do with, by instruction; see explore/backtrack. */
  touched: Int32Array | undefined;
  /** Sorted by first instruction. */
  subprogs: Subprogram[];
  /** Live-stack analysis; see explore/live-stack. */
  readonly liveStack: LiveStack;
  /** The path being explored. */
  cur: VerifierState;
  insnIdx: number;
  prevInsnIdx: number;
  /** Last scalar, null-check or reference id given out. */
  idGen: number;
  /** The newest entry of the current path's jump history belongs to the current instruction. */
  historyIsCurrent: boolean;
  insnProcessed: number;
  jmpsProcessed: number;
  /** `BPF_F_STRICT_ALIGNMENT`, or the architecture needs it. */
  readonly strictAlignment: boolean;
  /** `BPF_F_TEST_STATE_FREQ`. */
  readonly testStateFreq: boolean;
  /** A contradiction ends verification. */
  readonly testInvariants: boolean;
  /** Maps the program names. */
  readonly usedMaps: VerifierMap[];
  /** Registers and stack slots touched since they were last printed; bits of register numbers and slot indices. */
  scratchedRegs: number;
  scratchedSlotsLow: number;
  scratchedSlotsHigh: number;
  /** Line record that was printed last; -1 is none. */
  prevLine: number;
  /** Direct packet writes were seen: the program needs `skb` made writable. */
  seenDirectWrite: boolean;
  /** The program was found good, and what no path reached is gone. */
  codeIsFinal: boolean;
  /** Instructions that are run, once the program was found good. */
  translatedInsns: number | undefined;
}

/** The current instruction's constant as the second operand of arithmetic and comparisons. */
export function constOperand(env: Env, imm: number): Reg {
  const aux = env.aux[env.insnIdx] as InsnAux;
  return (aux.operand ??= scalarReg(scalarConst32(imm)));
}

/** Writes a message of the kernel's log (a newline is not added). */
export function verbose(env: Env, text: string): void {
  env.log.verbose(text);
}

/** Writes a message, if there is one, and gives the errno back: `return reject(env, EACCES, …)`. */
export function reject(env: Env, errno: Errno, text: string): Errno {
  if (text === '') env.log.forgetLine();
  else env.log.verbose(text);
  return errno;
}

/** Registers of the innermost frame of the current path. */
export function regs(env: Env): Reg[] {
  return curRegs(env.cur);
}

/** Register `regno` of the innermost frame. */
export function getReg(env: Env, regno: number): Reg {
  return curRegs(env.cur)[regno] as Reg;
}

/** Replaces register `regno` of the innermost frame. */
export function setReg(env: Env, regno: number, reg: Reg): void {
  curRegs(env.cur)[regno] = reg;
}

/** Notes that register `regno` was used, so that the log shows it. */
export function scratchReg(env: Env, regno: number): void {
  env.scratchedRegs |= 1 << regno;
}

/** Notes that stack slot `spi` was used. */
export function scratchSlot(env: Env, spi: number): void {
  if (spi < 32) env.scratchedSlotsLow |= 1 << spi;
  else env.scratchedSlotsHigh |= 1 << (spi - 32);
}

/** Notes that everything may have changed. */
export function scratchAll(env: Env): void {
  env.scratchedRegs = -1;
  env.scratchedSlotsLow = -1;
  env.scratchedSlotsHigh = -1;
}

/** A new id. */
export function newId(env: Env): number {
  return ++env.idGen;
}

/** Whether the program may call helper `id`. */
export function isHelperOffered(env: Env, id: number): boolean {
  const { traced } = env;
  if (traced !== undefined && traced.helpers === undefined) return false;
  if (traced?.without?.includes(id) === true || traced?.elsewhere?.includes(id) === true) return false;
  return env.prog.allowsHelper(id, env.attachType) || traced?.helpers?.includes(id) === true;
}

/** Helpers of programs that trace certain functions. */
const AT_FUNCTIONS: readonly number[] = [BPF_FUNC_d_path, BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete];

/** Whether programs of the type may call helper `id` only where they trace something else. */
export function isElsewhere(env: Env, id: number): boolean {
  if (env.traced?.elsewhere?.includes(id) === true) return true;
  // Programs for system calls are refused what tracing is offered at some functions.
  if (env.prog.id === BPF_PROG_TYPE_SYSCALL) return AT_FUNCTIONS.includes(id);
  return id === BPF_FUNC_d_path && env.prog.id === BPF_PROG_TYPE_TRACING;
}

/** Whether calls between programs exist (rootlet's own, `src_reg` 3): Linux takes them for reserved fields. */
export function knowsPrograms(env: Env): boolean {
  return env.input.providerByIdx !== undefined;
}
