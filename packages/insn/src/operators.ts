// How are operations spelled?
import {
  BPF_ADD,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_XOR,
} from './opcodes.ts';

/** Assignment operators by arithmetic operation; kernel and llvm agree on them. */
export const ALU_TEXT: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [BPF_ADD, '+='],
  [BPF_SUB, '-='],
  [BPF_MUL, '*='],
  [BPF_DIV, '/='],
  [BPF_OR, '|='],
  [BPF_AND, '&='],
  [BPF_LSH, '<<='],
  [BPF_RSH, '>>='],
  [BPF_MOD, '%='],
  [BPF_XOR, '^='],
  [BPF_MOV, '='],
  [BPF_ARSH, 's>>='],
]);

/** Comparison operators by jump operation. */
export const COND_TEXT: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [BPF_JEQ, '=='],
  [BPF_JGT, '>'],
  [BPF_JGE, '>='],
  [BPF_JSET, '&'],
  [BPF_JNE, '!='],
  [BPF_JSGT, 's>'],
  [BPF_JSGE, 's>='],
  [BPF_JLT, '<'],
  [BPF_JLE, '<='],
  [BPF_JSLT, 's<'],
  [BPF_JSLE, 's<='],
]);

/** One bit a comparison: bit `op >> 4`. */
const COND_BITS = 0x3cfe;

/** Whether the operation of a jump opcode (high four bits) is a comparison. A bit test, as loops ask it often. */
export function isComparison(op: number): boolean {
  return ((COND_BITS >> (op >> 4)) & 1) === 1;
}

/** Names of fetching atomic operations, as in `atomic_fetch_add`. */
export const ATOMIC_NAME: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [BPF_ADD, 'add'],
  [BPF_OR, 'or'],
  [BPF_AND, 'and'],
  [BPF_XOR, 'xor'],
]);

/** `+4`, `-8`, `+0`: a number with its sign, as offsets and jumps are printed. */
export function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

/** `0x` and the 32 bits of `value` as an unsigned number. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Two hexadecimal digits of an opcode byte. */
export function hexByte(code: number): string {
  return code.toString(16).padStart(2, '0');
}
