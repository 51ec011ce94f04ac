// What is a program once it is loaded, and how are its functions reached?
import type { Insns } from '@rootlet/insn';
import type { HelperBody } from './machine.ts';

/**
 * A function that can be called, wherever its body is. Every call goes through the slot, so putting a replacement in takes
 * effect at the next call, while the program runs, and taking it out puts the original body back.
 */
export class FuncSlot {
  /** Program that holds the original body. */
  readonly program: VmProgram;
  /** First instruction of the original body. */
  readonly insnIdx: number;
  /** Function that runs instead; undefined for the original. */
  replacement: FuncSlot | undefined = undefined;
  /** What programs hold as the function's address (callbacks); 0 until asked for. */
  handle = 0;

  constructor(program: VmProgram, insnIdx: number) {
    this.program = program;
    this.insnIdx = insnIdx;
  }
}

/** A call of a function in another loaded program (`BPF_PSEUDO_PROG_CALL`). */
export interface ExternCall {
  /** The call instruction. */
  readonly insnIdx: number;
  /** `imm`: FUNC id, in the provider's BTF when bound at load, in the own BTF while pending. */
  readonly btfId: number;
  /** `off`: index of the provider in the fd array; -1 while pending. */
  readonly fdIdx: number;
  /** What runs; undefined faults. Writing it is the atomic swap. */
  target: FuncSlot | undefined;
}

/** A loaded program: predecoded instructions and the tables they index. */
export interface VmProgram {
  readonly name: string;
  /** As given: unpatched. */
  readonly insns: Insns;
  /** Four words an instruction; see `predecode`. */
  readonly ops: Int32Array;
  /** Functions by first instruction; the entry is 0. */
  readonly slots: Map<number, FuncSlot>;
  /** Functions called pc-relative, by the index in the call's operand. */
  readonly calls: readonly FuncSlot[];
  /** Calls of other programs. */
  readonly externs: readonly ExternCall[];
  /** Helper bodies, by the index in the call's operand. */
  readonly helpers: readonly HelperBody[];
  /** How often it was entered: run, called by another program, tail-called. */
  runCount: number;
}

/** The function that runs when a slot is called: the last of its replacements. */
export function resolveSlot(slot: FuncSlot): FuncSlot {
  let at = slot;
  while (at.replacement !== undefined) at = at.replacement;
  return at;
}
