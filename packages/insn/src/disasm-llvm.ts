// How does llvm-objdump print an instruction?
import type { Insns } from './insns.ts';
import { findIsaRows, isAllowedValue } from './isa.ts';
import {
  accessBytes,
  BPF_ABS,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_B,
  BPF_CALL,
  BPF_CMPXCHG,
  BPF_DIV,
  BPF_DW,
  BPF_END,
  BPF_EXIT,
  BPF_FETCH,
  BPF_H,
  BPF_IMM,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_NEG,
  BPF_ST,
  BPF_STX,
  BPF_TO_BE,
  BPF_X,
  BPF_XCHG,
  GOTOX,
  insnClass,
  insnMode,
  insnOp,
  insnSize,
  insnSrc,
} from './opcodes.ts';
import { ALU_TEXT, ATOMIC_NAME, COND_TEXT, isComparison } from './operators.ts';

/** How to print in llvm's style. */
export interface LlvmDisasmOptions {
  /**
   * Whether 32-bit loads, stores and atomics name `w` registers, as with `--mcpu=v3` or `v4`. Without that option,
   * llvm-objdump takes a generic processor even for objects built for those, and knows no 32-bit atomics but addition.
   */
  readonly alu32?: boolean | undefined;
}

/** What llvm-objdump prints for what it cannot decode. */
export const LLVM_UNKNOWN = '<unknown>';

/** Highest register that llvm names; r11 is its stack pointer before register allocation. */
const MAX_REG = 11;
/** Opcode of llvm's call of a register, which the kernel does not know. */
const CALLX: number = BPF_JMP | BPF_CALL | BPF_X;

/**
 * Text of one instruction as `llvm-objdump-19 -d` prints it, without the symbol behind a jump: `r0 = 0x1`,
 * `if r1 == -0x3 goto +0x4`. What it does not know, be it a reserved field that llvm minds, is `<unknown>`.
 */
export function disasmLlvm(insns: Insns, insnIdx: number, options: LlvmDisasmOptions = {}): string {
  const code = insns.code[insnIdx];
  if (code === undefined) throw new RangeError(`instruction ${insnIdx} out of range: have ${insns.length} slots`);
  return format(insns, insnIdx, code, options.alu32 === true) ?? LLVM_UNKNOWN;
}

/** Slots that llvm-objdump takes for the instruction at `insnIdx`: an undecodable two-slot load is one unknown slot. */
export function llvmSlots(insns: Insns, insnIdx: number): 1 | 2 {
  return insns.isWide(insnIdx) && disasmLlvm(insns, insnIdx) !== LLVM_UNKNOWN ? 2 : 1;
}

function format(insns: Insns, insnIdx: number, code: number, alu32: boolean): string | undefined {
  const dst = insns.dst[insnIdx] as number;
  const src = insns.src[insnIdx] as number;
  const off = insns.off[insnIdx] as number;
  const imm = insns.imm[insnIdx] as number;
  if (code === CALLX) return dst > MAX_REG ? undefined : `callx r${dst}`;
  if (findIsaRows(code).length === 0) return undefined;
  // Only registers that the instruction names are looked at.
  if (namesDst(code) && dst > MAX_REG) return undefined;
  if (namesSrc(code) && src > MAX_REG) return undefined;
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return formatAlu(code, dst, src, off, imm);
    case BPF_JMP:
    case BPF_JMP32:
      return formatJump(code, dst, src, off, imm);
    case BPF_LDX: {
      const narrow = alu32 && insnMode(code) === BPF_MEM && insnSize(code) !== BPF_DW;
      const type = `${insnMode(code) === BPF_MEMSX ? 's' : 'u'}${bits(code)}`;
      return `${narrow ? 'w' : 'r'}${dst} = *(${type} *)(${address(src, off)})`;
    }
    case BPF_ST:
      return `*(u${bits(code)} *)(${address(dst, off)}) = ${hex(imm)}`;
    case BPF_STX: {
      if (insnMode(code) === BPF_ATOMIC) return formatAtomic(code, dst, src, off, imm, alu32);
      const narrow = alu32 && insnSize(code) !== BPF_DW;
      return `*(u${bits(code)} *)(${address(dst, off)}) = ${narrow ? 'w' : 'r'}${src}`;
    }
    default:
      return formatLd(insns, insnIdx, code, dst, src, off, imm);
  }
}

function namesDst(code: number): boolean {
  switch (insnClass(code)) {
    case BPF_LD:
      return insnMode(code) === BPF_IMM;
    case BPF_JMP:
    case BPF_JMP32:
      return isComparison(insnOp(code)) || code === GOTOX;
    default:
      return true;
  }
}

function namesSrc(code: number): boolean {
  switch (insnClass(code)) {
    case BPF_LD:
      return insnMode(code) !== BPF_IMM && insnMode(code) !== BPF_ABS;
    case BPF_LDX:
    case BPF_STX:
      return true;
    case BPF_JMP:
    case BPF_JMP32:
      return insnSrc(code) === BPF_X && isComparison(insnOp(code));
    case BPF_ALU:
    case BPF_ALU64:
      return insnSrc(code) === BPF_X && insnOp(code) !== BPF_END;
    default:
      return false;
  }
}

function bits(code: number): number {
  return accessBytes(code) * 8;
}

/** `0x1f`, `-0x3` */
function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** `r1 + 0x4`, `r10 - 0x8` */
function address(reg: number, off: number): string {
  return `r${reg} ${off < 0 ? '-' : '+'} 0x${Math.abs(off).toString(16)}`;
}

/** `+0x4`, `-0x8` */
function distance(value: number): string {
  return value < 0 ? hex(value) : `+${hex(value)}`;
}

function formatAlu(code: number, dst: number, src: number, off: number, imm: number): string | undefined {
  const op = insnOp(code);
  const wide = insnClass(code) === BPF_ALU64;
  const reg = wide ? 'r' : 'w';
  if (op === BPF_NEG) return `${reg}${dst} = -${reg}${dst}`;
  // llvm minds `off`, whose values tell apart division, moves and casts, and the width of swaps.
  const rows = findIsaRows(code).filter((row) => isAllowedValue(row.off, off) && (op !== BPF_END || isAllowedValue(row.imm, imm)));
  if (rows.length === 0) return undefined;
  if (op === BPF_END) return `r${dst} = ${wide ? 'bswap' : insnSrc(code) === BPF_TO_BE ? 'be' : 'le'}${imm} r${dst}`;
  if (op === BPF_MOV && insnSrc(code) === BPF_X && off !== 0) {
    if (off === BPF_ADDR_SPACE_CAST) return `r${dst} = addr_space_cast(r${src}, ${hex(imm >>> 16)}, ${hex(imm & 0xffff)})`;
    return `${reg}${dst} = (s${off})${reg}${src}`;
  }
  const sign = (op === BPF_DIV || op === BPF_MOD) && off === 1 ? 's' : '';
  return `${reg}${dst} ${sign}${ALU_TEXT.get(op) as string} ${insnSrc(code) === BPF_X ? `${reg}${src}` : hex(imm)}`;
}

function formatJump(code: number, dst: number, src: number, off: number, imm: number): string | undefined {
  const narrow = insnClass(code) === BPF_JMP32;
  switch (insnOp(code)) {
    case BPF_EXIT:
      return imm === 0 ? 'exit' : undefined;
    case BPF_CALL:
      return `call ${hex(imm)}`;
    case BPF_JA:
      // As llvm 22 has it; 19 does not know it.
      if (code === GOTOX) return src === 0 && off === 0 && imm === 0 ? `gotox r${dst}` : undefined;
      return narrow ? `gotol ${distance(imm)}` : `goto ${distance(off)}`;
    case BPF_JCOND:
      return `may_goto ${distance(off)}`;
    default: {
      const reg = narrow ? 'w' : 'r';
      const operand = insnSrc(code) === BPF_X ? `${reg}${src}` : hex(imm);
      return `if ${reg}${dst} ${COND_TEXT.get(insnOp(code)) as string} ${operand} goto ${distance(off)}`;
    }
  }
}

function formatAtomic(code: number, dst: number, src: number, off: number, imm: number, alu32: boolean): string | undefined {
  const size = insnSize(code);
  if (size === BPF_B || size === BPF_H) return undefined;
  const narrow = size !== BPF_DW;
  const reg = narrow && alu32 ? 'w' : 'r';
  const place = `(u${bits(code)} *)(${address(dst, off)})`;
  // llvm decodes by the low byte of the immediate and, for fetching forms, by its lowest four bits being 1.
  const op = imm & 0xf0;
  const fetch = (imm & 0x0f) === BPF_FETCH;
  if (narrow && !alu32) return op === 0 ? `lock *${place} += r${src}` : undefined;
  if (fetch && op === (BPF_XCHG & 0xf0)) {
    return `${reg}${src} = ${narrow ? 'xchg32_32' : 'xchg_64'}(${address(dst, off)}, ${reg}${src})`;
  }
  if (fetch && op === (BPF_CMPXCHG & 0xf0)) {
    return `${reg}0 = ${narrow ? 'cmpxchg32_32' : 'cmpxchg_64'}(${address(dst, off)}, ${reg}0, ${reg}${src})`;
  }
  const name = ATOMIC_NAME.get(op);
  if (name === undefined) return undefined;
  if (fetch) return `${reg}${src} = atomic_fetch_${name}(${place}, ${reg}${src})`;
  return `lock *${place} ${ALU_TEXT.get(op) as string} ${reg}${src}`;
}

function formatLd(insns: Insns, insnIdx: number, code: number, dst: number, src: number, off: number, imm: number): string | undefined {
  if (insnMode(code) === BPF_ABS) return `r0 = *(u${bits(code)} *)skb[${hex(imm)}]`;
  if (insnMode(code) !== BPF_IMM) return `r0 = *(u${bits(code)} *)skb[r${src}]`;
  if (off !== 0 || insnIdx + 1 >= insns.length) return undefined;
  // A load with a pseudo source register prints without what its second slot holds.
  if (src !== 0) return `ld_pseudo\tr${dst}, 0x${src.toString(16)}, 0x${(imm >>> 0).toString(16)}`;
  return `r${dst} = 0x${insns.imm64(insnIdx).toString(16)} ll`;
}

/** Slot that the jump at `insnIdx` goes to, for the symbol that llvm-objdump prints behind it; calls have none. */
export function llvmJumpTarget(insns: Insns, insnIdx: number): number | undefined {
  const code = insns.code[insnIdx] as number;
  const cls = insnClass(code);
  const op = insnOp(code);
  if ((cls !== BPF_JMP && cls !== BPF_JMP32) || op === BPF_CALL || op === BPF_EXIT || code === GOTOX) return undefined;
  if (findIsaRows(code).length === 0) return undefined;
  const jump = cls === BPF_JMP32 && op === BPF_JA ? (insns.imm[insnIdx] as number) : (insns.off[insnIdx] as number);
  return insnIdx + 1 + jump;
}
