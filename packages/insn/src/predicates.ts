// What kind of instruction is this?
// All take the arrays and a slot index, allocate nothing, and answer false beyond the end.
import type { Insns } from './insns.ts';
import {
  BPF_ABS,
  BPF_ATOMIC,
  BPF_IMM,
  BPF_IND,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_PROG_CALL,
  BPF_ST,
  BPF_STX,
  CALL,
  EXIT,
  GOTOX,
  insnClass,
  insnMode,
  insnOp,
  LD_IMM64,
} from './opcodes.ts';
import { isComparison } from './operators.ts';

/** Whether it ends the function. */
export function isExit(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === EXIT;
}

/** Whether it is a call of any kind. */
export function isCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL;
}

/** Whether it calls a helper; `imm` is the helper's id. */
export function isHelperCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === 0;
}

/** Whether it calls a subprogram of the same program; `imm` is the distance. */
export function isSubprogCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === BPF_PSEUDO_CALL;
}

/** Whether it calls a kernel function; `imm` is its BTF id, `off` the index of its BTF in `fd_array`. */
export function isKfuncCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === BPF_PSEUDO_KFUNC_CALL;
}

/** Whether it calls a function of another loaded program, which the simulated kernel knows. */
export function isProgCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === BPF_PSEUDO_PROG_CALL;
}

/** Whether it loads the address of a subprogram; `imm` is the distance. */
export function isPseudoFunc(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === LD_IMM64 && insns.src[insnIdx] === BPF_PSEUDO_FUNC;
}

/** Whether it always jumps: `goto`, `gotol`. */
export function isGoto(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  return code === (BPF_JMP | BPF_JA) || code === (BPF_JMP32 | BPF_JA);
}

/** Whether it jumps to where a register says (`gotox`). No instruction says where that may be: jump tables do. */
export function isIndirectGoto(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === GOTOX;
}

/** Whether it jumps or falls through: a comparison, or `may_goto`. */
export function isBranch(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  if (code === undefined) return false;
  const cls = insnClass(code);
  if (cls !== BPF_JMP && cls !== BPF_JMP32) return false;
  return isComparison(insnOp(code)) || code === (BPF_JMP | BPF_JCOND);
}

/** Whether it is `may_goto`. */
export function isMayGoto(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === (BPF_JMP | BPF_JCOND);
}

/** Whether it is an atomic operation, load-acquire and store-release included. */
export function isAtomic(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  return code !== undefined && insnClass(code) === BPF_STX && insnMode(code) === BPF_ATOMIC;
}

/** Whether it reads memory into a register, by `ldx`, load-acquire or from the packet; two-slot loads do not. */
export function isLoad(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  if (code === undefined) return false;
  const cls = insnClass(code);
  if (cls === BPF_LD) return insnMode(code) !== BPF_IMM;
  return cls === BPF_LDX || (isAtomic(insns, insnIdx) && insns.imm[insnIdx] === BPF_LOAD_ACQ);
}

/** Whether it writes memory; atomic operations do, but for load-acquire. */
export function isStore(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  if (code === undefined) return false;
  const cls = insnClass(code);
  return cls === BPF_ST || (cls === BPF_STX && !isLoad(insns, insnIdx));
}

/** Whether it loads from the packet the old way, with its implicit r6 and exit. */
export function isPacketLoad(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx];
  return code !== undefined && insnClass(code) === BPF_LD && (insnMode(code) === BPF_ABS || insnMode(code) === BPF_IND);
}
