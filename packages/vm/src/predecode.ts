// What do instructions look like to the interpreter?
import {
  BPF_ABS,
  BPF_ADD,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_DIV,
  BPF_END,
  BPF_IND,
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
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  BPF_PSEUDO_PROG_CALL,
  BPF_ST,
  BPF_STX,
  BPF_X,
  accessBytes,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
  LD_IMM64,
} from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { SLOW_DIV, SLOW_MOD, SLOW_SDIV, SLOW_SMOD, SLOW_SWAP, SLOW_TRUNCATE, SLOW_WIDE } from './alu.ts';
import {
  OP_ADDR_SPACE_CAST,
  OP_ATOMIC,
  OP_ATOMIC_ADD64,
  OP_CALL_EXTERN,
  OP_CALL_LOCAL,
  OP_ILLEGAL,
  OP_LD_PACKET,
  OP_MAY_GOTO,
  OP_MOVSX32_16,
  OP_MOVSX32_8,
  OP_MOVSX64_16,
  OP_MOVSX64_32,
  OP_MOVSX64_8,
  OP_SLOW_ALU_IMM,
  OP_SLOW_ALU_REG,
  OP_TAIL_CALL,
  OP_WORDS,
} from './ops.ts';

/** Calls and addresses are resolved by whoever loads the program. */
export interface PredecodeResolver {
  /** Index for a pc-relative call of the function at `insnIdx`. */
  local(insnIdx: number): number;
  /** Index for the extern call at `insnIdx`. */
  extern(insnIdx: number): number;
  /** Index for helper `id` (or, with `kfunc`, kernel function `id`). */
  helper(id: number, kfunc: boolean, insnIdx: number): number;
  /** Whether `id` is the tail call helper. */
  isTailCall(id: number): boolean;
  /** What programs hold as a map. `byIdx`: an index of the fd array. */
  mapHandle(fd: number, byIdx: boolean): number;
  /** Address of byte `off` of a map's first value. */
  mapValueAddress(fd: number, byIdx: boolean, off: number): number;
  /** What programs hold as the address of the function at `insnIdx`. */
  funcHandle(insnIdx: number): number;
}

/**
 * Translates instructions for the interpreter, one operation a slot, so that slot indices stay what they are.
 * Jumps out of the program and unknown opcodes become the illegal operation, which faults when reached.
 */
export function predecode(insns: Insns, resolver: PredecodeResolver): Int32Array {
  const ops = new Int32Array((insns.length + 1) * OP_WORDS);
  for (let idx = 0; idx < insns.length; idx++) {
    predecodeOne(insns, idx, ops, resolver);
    if (insns.isWide(idx)) idx++;
  }
  return ops;
}

function put(ops: Int32Array, idx: number, op: number, a: number, b: number, c: number): void {
  const at = idx * OP_WORDS;
  ops[at] = op;
  ops[at + 1] = a;
  ops[at + 2] = b;
  ops[at + 3] = c;
}

function predecodeOne(insns: Insns, idx: number, ops: Int32Array, resolver: PredecodeResolver): void {
  const code = insns.code[idx] as number;
  const dst = insns.dst[idx] as number;
  const src = insns.src[idx] as number;
  const off = insns.off[idx] as number;
  const imm = insns.imm[idx] as number;
  const registers = dst <= 10 && (src <= 10 || insnSrc(code) !== BPF_X);
  if (!registers) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return predecodeAlu(ops, idx, code, 2 * dst, 2 * src, off, imm);
    case BPF_JMP:
    case BPF_JMP32:
      return predecodeJump(insns, idx, ops, resolver);
    case BPF_LDX:
      if ((insnMode(code) === BPF_MEM || (insnMode(code) === BPF_MEMSX && accessBytes(code) < 8)) && src <= 10) {
        return put(ops, idx, code, 2 * dst, 2 * src, off);
      }
      return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
    case BPF_ST:
      return put(ops, idx, insnMode(code) === BPF_MEM ? code : OP_ILLEGAL, 2 * dst, imm, off);
    case BPF_STX:
      if (src > 10) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
      if (insnMode(code) === BPF_MEM) return put(ops, idx, code, 2 * dst, 2 * src, off);
      if (insnMode(code) === BPF_ATOMIC) {
        if (imm === BPF_ADD && accessBytes(code) === 8) return put(ops, idx, OP_ATOMIC_ADD64, 2 * dst, 2 * src, off);
        // The operation (9 bits), the register and the size share b.
        return put(ops, idx, OP_ATOMIC, 2 * dst, (2 * src) | (accessBytes(code) << 8) | ((imm & 0x1ff) << 16), off);
      }
      return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
    default:
      return predecodeLd(insns, idx, ops, resolver);
  }
}

function predecodeAlu(ops: Int32Array, idx: number, code: number, a: number, b: number, off: number, imm: number): void {
  const op = insnOp(code);
  const reg = insnSrc(code) === BPF_X;
  const wide = insnClass(code) === BPF_ALU64;
  if (op === BPF_DIV || op === BPF_MOD) {
    const signed = off === 1;
    const kind = op === BPF_DIV ? (signed ? SLOW_SDIV : SLOW_DIV) : signed ? SLOW_SMOD : SLOW_MOD;
    return put(ops, idx, reg ? OP_SLOW_ALU_REG : OP_SLOW_ALU_IMM, a, reg ? b : imm, kind | (wide ? SLOW_WIDE : 0));
  }
  if (op === BPF_END) {
    if (imm !== 16 && imm !== 32 && imm !== 64) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
    // The machine is little-endian: "to little" truncates, "to big" and the unconditional swap reverse.
    return put(ops, idx, OP_SLOW_ALU_IMM, a, imm, wide || reg ? SLOW_SWAP : SLOW_TRUNCATE);
  }
  if (op === BPF_MOV && reg && off !== 0) {
    if (wide && off === BPF_ADDR_SPACE_CAST) return put(ops, idx, OP_ADDR_SPACE_CAST, a, b, imm);
    const extend = wide
      ? { 8: OP_MOVSX64_8, 16: OP_MOVSX64_16, 32: OP_MOVSX64_32 }[off]
      : { 8: OP_MOVSX32_8, 16: OP_MOVSX32_16 }[off];
    return put(ops, idx, extend ?? OP_ILLEGAL, a, b, 0);
  }
  if (op > BPF_END) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
  if (op === BPF_NEG) return put(ops, idx, code & ~BPF_X, a, 0, 0);
  return put(ops, idx, code, a, reg ? b : imm, 0);
}

function predecodeJump(insns: Insns, idx: number, ops: Int32Array, resolver: PredecodeResolver): void {
  const code = insns.code[idx] as number;
  const dst = insns.dst[idx] as number;
  const src = insns.src[idx] as number;
  const off = insns.off[idx] as number;
  const imm = insns.imm[idx] as number;
  const op = insnOp(code);
  if (op === BPF_CALL && insnClass(code) === BPF_JMP) {
    if (insnSrc(code) === BPF_X) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
    if (src === BPF_PSEUDO_CALL) return put(ops, idx, OP_CALL_LOCAL, 0, resolver.local(idx + 1 + imm), 0);
    if (src === BPF_PSEUDO_PROG_CALL) return put(ops, idx, OP_CALL_EXTERN, 0, resolver.extern(idx), 0);
    if (src === 0 && resolver.isTailCall(imm)) return put(ops, idx, OP_TAIL_CALL, 0, 0, 0);
    return put(ops, idx, code, 0, resolver.helper(imm, src === BPF_PSEUDO_KFUNC_CALL, idx), 0);
  }
  if (op === 0x90) return put(ops, idx, code, 0, 0, 0);
  const far = op === BPF_JA && insnClass(code) === BPF_JMP32;
  let target = idx + 1 + (far ? imm : off);
  if (!(target >= 0 && target < insns.length)) target = insns.length;
  if (op === BPF_JCOND) return put(ops, idx, OP_MAY_GOTO, 0, 0, target * OP_WORDS);
  return put(ops, idx, code, 2 * dst, insnSrc(code) === BPF_X ? 2 * src : imm, target * OP_WORDS);
}

function predecodeLd(insns: Insns, idx: number, ops: Int32Array, resolver: PredecodeResolver): void {
  const code = insns.code[idx] as number;
  const src = insns.src[idx] as number;
  const imm = insns.imm[idx] as number;
  const mode = insnMode(code);
  if (insnClass(code) === BPF_LD && (mode === BPF_ABS || mode === BPF_IND)) {
    return put(ops, idx, OP_LD_PACKET, accessBytes(code), mode === BPF_IND ? 2 * src : -1, imm);
  }
  if (code !== LD_IMM64 || idx + 1 >= insns.length) return put(ops, idx, OP_ILLEGAL, 0, 0, 0);
  const high = insns.imm[idx + 1] as number;
  const a = 2 * (insns.dst[idx] as number);
  switch (src) {
    case BPF_PSEUDO_MAP_FD:
    case BPF_PSEUDO_MAP_IDX:
      return put(ops, idx, code, a, resolver.mapHandle(imm, src === BPF_PSEUDO_MAP_IDX), 0);
    case BPF_PSEUDO_MAP_VALUE:
    case BPF_PSEUDO_MAP_IDX_VALUE:
      return put(ops, idx, code, a, resolver.mapValueAddress(imm, src === BPF_PSEUDO_MAP_IDX_VALUE, high), 0);
    case BPF_PSEUDO_FUNC:
      return put(ops, idx, code, a, resolver.funcHandle(idx + 1 + imm), 0);
    default:
      return put(ops, idx, code, a, imm, high);
  }
}
