// Which registers does an instruction read and write?
import type { Insns } from './insns.ts';
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_CMPXCHG,
  BPF_END,
  BPF_EXIT,
  BPF_FETCH,
  BPF_IMM,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MOV,
  BPF_NEG,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_X,
  GOTOX,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
} from './opcodes.ts';
import { isComparison } from './operators.ts';

const R0 = 1 << 0;
/** Every register, r10 included. */
const ALL = 0x7ff;
/** Registers that calls leave undefined (r1–r5), and the result. */
const CALLER_SAVED = 0x3f;
/** First argument register to the last of `count`. */
const ARGUMENTS: readonly number[] = [0, 0x02, 0x06, 0x0e, 0x1e, 0x3e];

/**
 * Number of arguments that a call takes (0–5), for those who know signatures.
 *
 * @returns undefined when unknown: then all five count as read
 */
export type CallArguments = (insns: Insns, insnIdx: number) => number | undefined;

/**
 * Registers that an instruction reads, one bit a register (bit 10: r10).
 *
 * A register that is both operand and result is read; so is r0 by `exit`. Without `callArguments` a call reads r1–r5. The old
 * packet loads count as reading all registers and defining none, as the kernel counts them: they may leave the function
 * (really they read r6, and `src` if indirect, write r0, and clobber r1–r5).
 *
 * @source observed: "Live regs before insn" in the verifier's log of Linux 6.18
 */
export function usedRegs(insns: Insns, insnIdx: number, callArguments?: CallArguments): number {
  const code = insns.code[insnIdx] as number;
  const dst = 1 << (insns.dst[insnIdx] as number);
  const src = 1 << (insns.src[insnIdx] as number);
  const op = insnOp(code);
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (op === BPF_END || op === BPF_NEG) return dst;
      if (op === BPF_MOV) return insnSrc(code) === BPF_X ? src : 0;
      return insnSrc(code) === BPF_X ? dst | src : dst;
    case BPF_JMP:
    case BPF_JMP32:
      if (isComparison(op)) return insnSrc(code) === BPF_X ? dst | src : dst;
      if (code === GOTOX) return dst;
      if (op === BPF_EXIT) return R0;
      if (op === BPF_CALL) return ARGUMENTS[callArguments?.(insns, insnIdx) ?? 5] ?? CALLER_SAVED & ~R0;
      return 0;
    case BPF_LDX:
      return src;
    case BPF_ST:
      return dst;
    case BPF_STX:
      return insnMode(code) === BPF_ATOMIC ? usedByAtomic(insns.imm[insnIdx] as number, dst, src) : dst | src;
    default:
      return insnMode(code) === BPF_IMM ? 0 : ALL;
  }
}

function usedByAtomic(op: number, dst: number, src: number): number {
  if (op === BPF_LOAD_ACQ) return src;
  return op === BPF_CMPXCHG ? dst | src | R0 : dst | src;
}

/**
 * Registers that an instruction writes or leaves undefined, one bit a register. A call of any kind writes r0 and clobbers
 * r1–r5. The old packet loads define none, see {@link usedRegs}. Writing the lower half of a register defines it, as the upper half becomes zero.
 *
 * @source observed: "Live regs before insn" in the verifier's log of Linux 6.18
 */
export function definedRegs(insns: Insns, insnIdx: number): number {
  const code = insns.code[insnIdx] as number;
  const dst = 1 << (insns.dst[insnIdx] as number);
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
    case BPF_LDX:
      return dst;
    case BPF_JMP:
      return insnOp(code) === BPF_CALL ? CALLER_SAVED : 0;
    case BPF_LD:
      return insnMode(code) === BPF_IMM ? dst : 0;
    case BPF_STX:
      return insnMode(code) === BPF_ATOMIC ? definedByAtomic(insns, insnIdx, dst) : 0;
    default:
      return 0;
  }
}

function definedByAtomic(insns: Insns, insnIdx: number, dst: number): number {
  const op = insns.imm[insnIdx] as number;
  if (op === BPF_LOAD_ACQ) return dst;
  if (op === BPF_STORE_REL) return 0;
  if (op === BPF_CMPXCHG) return R0;
  return (op & BPF_FETCH) !== 0 ? 1 << (insns.src[insnIdx] as number) : 0;
}
