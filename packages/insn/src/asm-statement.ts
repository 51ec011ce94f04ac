// Which instruction does a statement spell?
import { readCall } from './asm-call.ts';
import { readImm64Reference } from './asm-imm64.ts';
import type { AsmContext, Emitted } from './asm-context.ts';
import { quote } from './asm-lexer.ts';
import type { Token } from './asm-lexer.ts';
import type { AsmReader, Register } from './asm-reader.ts';
import type { Insn } from './insns.ts';
import {
  BPF_ABS,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_B,
  BPF_CMPXCHG,
  BPF_DW,
  BPF_END,
  BPF_FETCH,
  BPF_H,
  BPF_IND,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOV,
  BPF_NEG,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_TO_BE,
  BPF_TO_LE,
  BPF_W,
  BPF_X,
  BPF_XCHG,
  EXIT,
  GOTOX,
  LD_IMM64,
} from './opcodes.ts';
import { ALU_TEXT, ATOMIC_NAME, COND_TEXT } from './operators.ts';

const SIZE_BY_BITS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['8', BPF_B],
  ['16', BPF_H],
  ['32', BPF_W],
  ['64', BPF_DW],
]);

const opByText = (texts: ReadonlyMap<number, string>): ReadonlyMap<string, number> =>
  new Map([...texts].map(([op, text]) => [text, op]));
const ALU_BY_TEXT: ReadonlyMap<string, number> = /* @__PURE__ */ opByText(ALU_TEXT);
const COND_BY_TEXT: ReadonlyMap<string, number> = /* @__PURE__ */ opByText(COND_TEXT);
const ATOMIC_BY_NAME: ReadonlyMap<string, number> = /* @__PURE__ */ opByText(ATOMIC_NAME);

function insn(code: number, fields: Partial<Insn>): Insn {
  return { code, dst: 0, src: 0, off: 0, imm: 0, ...fields };
}

/**
 * Reads one statement.
 *
 * @param wide whether a `(18)` prefix says that a plain number is a two-slot load
 */
export function readStatement(reader: AsmReader, context: AsmContext, wide: boolean): Emitted {
  const token = reader.peek();
  switch (token.text) {
    case 'exit':
      reader.next();
      return { insn: insn(EXIT, {}) };
    case 'goto':
    case 'gotol':
    case 'may_goto':
      return readGoto(reader, context);
    case 'gotox':
      reader.next();
      return { insn: insn(GOTOX, { dst: reader.readRegister(false).idx }) };
    case 'if':
      return readBranch(reader, context);
    case 'call':
      reader.next();
      return readCall(reader, context);
    case 'lock':
      return { insn: readLock(reader) };
    case '*':
      return { insn: readStore(reader) };
    case 'store_release': {
      reader.next();
      reader.expect('(');
      const { size, reg, off } = readTypedAddress(reader);
      reader.expect(',');
      const src = reader.readRegister(false).idx;
      reader.expect(')');
      return { insn: insn(BPF_STX | BPF_ATOMIC | size, { dst: reg, src, off, imm: BPF_STORE_REL }) };
    }
    default:
      if (reader.atRegister()) return readAssignment(reader, context, wide);
      return reader.failAt(token, 'instruction expected');
  }
}

function readGoto(reader: AsmReader, context: AsmContext): Emitted {
  const word = reader.next().text;
  const jump = context.readTarget(reader, word === 'gotol' ? 'imm' : 'off');
  if (word === 'gotol') return { insn: insn(BPF_JMP32 | BPF_JA, { imm: jump.distance }), label: jump.label };
  const code = word === 'goto' ? BPF_JMP | BPF_JA : BPF_JMP | BPF_JCOND;
  return { insn: insn(code, { off: jump.distance }), label: jump.label };
}

function readBranch(reader: AsmReader, context: AsmContext): Emitted {
  reader.next();
  const dst = reader.readRegister();
  const sign = reader.next();
  const op = COND_BY_TEXT.get(sign.text);
  if (op === undefined) return reader.failAt(sign, 'comparison expected');
  const cls = dst.narrow ? BPF_JMP32 : BPF_JMP;
  let fields: Partial<Insn>;
  let source: number;
  if (reader.atRegister()) {
    source = BPF_X;
    fields = { dst: dst.idx, src: reader.readRegister(dst.narrow).idx };
  } else {
    source = BPF_K;
    // The kernel prints the immediate as 32 unsigned bits even where it will be sign-extended to 64.
    fields = { dst: dst.idx, imm: reader.readNumber('u32') };
  }
  reader.expect('goto');
  const jump = context.readTarget(reader, 'off');
  return { insn: insn(cls | op | source, { ...fields, off: jump.distance }), label: jump.label };
}

/** Reads the size in a C type (`u32`, or `s32` where `signed`) as opcode bits. */
function readType(reader: AsmReader, signed: boolean): { size: number; extend: boolean } {
  const token = reader.next();
  const size = SIZE_BY_BITS.get(token.text.slice(1));
  const extend = token.text.startsWith('s');
  if (size === undefined || !(token.text.startsWith('u') || (extend && signed && size !== BPF_DW))) {
    return reader.failAt(token, signed ? 'u8 to u64 or s8 to s32 expected' : 'u8, u16, u32 or u64 expected');
  }
  return { size, extend };
}

interface TypedAddress {
  readonly size: number;
  readonly extend: boolean;
  readonly reg: number;
  readonly off: number;
}

/** `(r1 +4)`; the offset may be absent. */
function readAddress(reader: AsmReader): { reg: number; off: number } {
  reader.expect('(');
  const reg = reader.readRegister(false).idx;
  const off = reader.looksAt(')') ? 0 : reader.readNumber('s16');
  reader.expect(')');
  return { reg, off };
}

/** `(u32 *)(r1 +4)`, behind the leading star if there is one. */
function readTypedAddress(reader: AsmReader, signed = false): TypedAddress {
  reader.expect('(');
  const type = readType(reader, signed);
  reader.expect('*', ')');
  return { ...type, ...readAddress(reader) };
}

function readLock(reader: AsmReader): Insn {
  reader.next();
  reader.expect('*');
  const start = reader.peek();
  const { size, reg, off } = readTypedAddress(reader);
  const sign = reader.next();
  const op = sign.text.endsWith('=') ? ALU_BY_TEXT.get(sign.text) : undefined;
  if (op === undefined || !ATOMIC_NAME.has(op)) return reader.failAt(sign, '+=, |=, &= or ^= expected');
  requireWord(reader, size, start);
  const src = reader.readRegister(false).idx;
  return insn(BPF_STX | BPF_ATOMIC | size, { dst: reg, src, off, imm: op });
}

/** Atomic operations other than load-acquire and store-release work on 32 and 64 bits. */
function requireWord(reader: AsmReader, size: number, token: Token): void {
  if (size !== BPF_W && size !== BPF_DW) reader.fail('ASM_RANGE', 'atomic operation on less than 32 bits', token.column);
}

function readStore(reader: AsmReader): Insn {
  reader.expect('*');
  const { size, reg, off } = readTypedAddress(reader);
  reader.expect('=');
  if (reader.atRegister()) return insn(BPF_STX | BPF_MEM | size, { dst: reg, src: reader.readRegister(false).idx, off });
  return insn(BPF_ST | BPF_MEM | size, { dst: reg, off, imm: reader.readNumber(size === BPF_DW ? 's32' : 'u32') });
}

function readAssignment(reader: AsmReader, context: AsmContext, wide: boolean): Emitted {
  const dst = reader.readRegister();
  const sign = reader.next();
  if (sign.text === '=') return readValue(reader, context, dst, wide);
  const signed = sign.text === 's/=' || sign.text === 's%=';
  const op = ALU_BY_TEXT.get(signed ? sign.text.slice(1) : sign.text);
  if (op === undefined) return reader.failAt(sign, 'assignment operator expected');
  return { insn: readAluOperand(reader, dst, op, signed ? 1 : 0) };
}

function readAluOperand(reader: AsmReader, dst: Register, op: number, off: number): Insn {
  const code = (dst.narrow ? BPF_ALU : BPF_ALU64) | op;
  if (reader.atRegister()) return insn(code | BPF_X, { dst: dst.idx, src: reader.readRegister(dst.narrow).idx, off });
  return insn(code | BPF_K, { dst: dst.idx, off, imm: reader.readNumber(dst.narrow ? 'u32' : 's32') });
}

/** What stands behind `reg =`. */
function readValue(reader: AsmReader, context: AsmContext, dst: Register, wide: boolean): Emitted {
  const token = reader.peek();
  if (reader.looksAt('-') && reader.peek(1).kind === 'word') {
    reader.next();
    requireSame(reader, dst);
    return { insn: insn((dst.narrow ? BPF_ALU : BPF_ALU64) | BPF_NEG, { dst: dst.idx }) };
  }
  if (token.text === '(') return { insn: readSignExtension(reader, dst) };
  if (reader.atNumber()) return readPlainNumber(reader, dst, wide);
  if (reader.atRegister()) return { insn: readAluOperand(reader, dst, BPF_MOV, 0) };
  if (token.text === '*') return { insn: readLoad(reader, dst) };
  if (token.text === '&') return { insn: readPerCpu(reader, dst) };
  const swap = /^(le|be|bswap)(16|32|64)$/.exec(token.text);
  if (swap !== null) {
    reader.next();
    const cls = swap[1] === 'bswap' ? BPF_ALU64 : BPF_ALU;
    requireSame(reader, dst);
    requireFull(reader, dst);
    const direction = swap[1] === 'be' ? BPF_TO_BE : BPF_TO_LE;
    return { insn: insn(cls | BPF_END | direction, { dst: dst.idx, imm: Number(swap[2]) }) };
  }
  requireFull(reader, dst);
  if (token.text === 'map' || token.text === 'btf' || token.text === 'subprog') {
    return readImm64Reference(reader, context, dst.idx);
  }
  if (token.text === 'addr_space_cast') return { insn: readAddrSpaceCast(reader, dst) };
  if (token.text === 'load_acquire') {
    reader.next();
    reader.expect('(');
    const { size, reg, off } = readTypedAddress(reader);
    reader.expect(')');
    return { insn: insn(BPF_STX | BPF_ATOMIC | size, { dst: dst.idx, src: reg, off, imm: BPF_LOAD_ACQ }) };
  }
  const atomic = /^(atomic|atomic64)_(?:fetch_(add|or|and|xor)|(xchg)|(cmpxchg))$/.exec(token.text);
  if (atomic !== null) return { insn: readFetch(reader, dst, atomic) };
  return reader.failAt(token, 'value expected');
}

function readPlainNumber(reader: AsmReader, dst: Register, wide: boolean): Emitted {
  const column = reader.peek().column;
  const value = reader.readBig('u64');
  if (reader.accept('ll') || wide) {
    requireFull(reader, dst);
    const low = Number(BigInt.asIntN(32, value));
    const high = Number(BigInt.asIntN(32, value >> 32n));
    return { insn: insn(LD_IMM64, { dst: dst.idx, imm: low }), second: high };
  }
  const max = dst.narrow ? 0xffff_ffffn : 0x7fff_ffffn;
  if (value < -0x8000_0000n || value > max) {
    reader.fail('ASM_RANGE', `immediate does not fit 32 bits${dst.narrow ? '' : ' signed: append " ll" for a two-slot load'}`, column);
  }
  const code = (dst.narrow ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_K;
  return { insn: insn(code, { dst: dst.idx, imm: Number(BigInt.asIntN(32, value)) }) };
}

/** `(s8)r2` */
function readSignExtension(reader: AsmReader, dst: Register): Insn {
  reader.expect('(');
  const token = reader.next();
  if (!/^s(8|16|32)$/.test(token.text) || (dst.narrow && token.text === 's32')) {
    reader.failAt(token, dst.narrow ? 's8 or s16 expected' : 's8, s16 or s32 expected');
  }
  reader.expect(')');
  const src = reader.readRegister(dst.narrow).idx;
  const code = (dst.narrow ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_X;
  return insn(code, { dst: dst.idx, src, off: Number(token.text.slice(1)) });
}

/** `*(u32 *)(r1 +4)`, `*(u16 *)skb[12]`, `*(u16 *)skb[r1 + 12]` */
function readLoad(reader: AsmReader, dst: Register): Insn {
  requireFull(reader, dst);
  reader.expect('*', '(');
  const start = reader.peek();
  const { size, extend } = readType(reader, true);
  reader.expect('*', ')');
  if (!reader.accept('skb')) {
    const { reg, off } = readAddress(reader);
    return insn(BPF_LDX | (extend ? BPF_MEMSX : BPF_MEM) | size, { dst: dst.idx, src: reg, off });
  }
  if (extend || size === BPF_DW) reader.failAt(start, 'u8, u16 or u32 expected');
  if (dst.idx !== 0) reader.fail('ASM_REGISTER', 'packet loads go to r0', dst.column);
  reader.expect('[');
  const src = reader.atRegister() ? reader.readRegister(false).idx : undefined;
  // In `[r1 + -3]` the plus is a separator and the number has its own sign.
  if (src !== undefined && reader.looksAt('+')) reader.next();
  const imm = src !== undefined && reader.looksAt(']') ? 0 : reader.readNumber('s32');
  reader.expect(']');
  return insn(BPF_LD | (src === undefined ? BPF_ABS : BPF_IND) | size, { src: src ?? 0, imm });
}

/** `&(void __percpu *)(r2)`: kernel-internal, occurs in dumps of loaded programs. */
function readPerCpu(reader: AsmReader, dst: Register): Insn {
  requireFull(reader, dst);
  reader.expect('&', '(', 'void', '__percpu', '*', ')', '(');
  const src = reader.readRegister(false).idx;
  reader.expect(')');
  return insn(BPF_ALU64 | BPF_MOV | BPF_X, { dst: dst.idx, src, off: -1 });
}

/** `addr_space_cast(r2, 0, 1)`: target and source address space, 16 bits each. */
function readAddrSpaceCast(reader: AsmReader, dst: Register): Insn {
  reader.next();
  reader.expect('(');
  const src = reader.readRegister(false).idx;
  reader.expect(',');
  const high = reader.readNumber('u16');
  reader.expect(',');
  const low = reader.readNumber('u16');
  reader.expect(')');
  return insn(BPF_ALU64 | BPF_MOV | BPF_X, { dst: dst.idx, src, off: BPF_ADDR_SPACE_CAST, imm: (high << 16) | low });
}

/** `atomic64_fetch_add((u64 *)(r1 +0), r2)` and its kin; the result goes to the register that gave the operand, or to r0. */
function readFetch(reader: AsmReader, dst: Register, match: RegExpExecArray): Insn {
  const name = reader.next();
  reader.expect('(');
  const start = reader.peek();
  const { size, reg, off } = readTypedAddress(reader);
  requireWord(reader, size, start);
  if ((size === BPF_DW) !== (match[1] === 'atomic64')) {
    reader.fail('ASM_SYNTAX', `${quote(name.text)} does not work on that size`, name.column);
  }
  reader.expect(',');
  if (match[4] !== undefined) reader.expect('r0', ',');
  const src = reader.readRegister(false);
  reader.expect(')');
  const result = match[4] !== undefined ? 0 : src.idx;
  if (dst.idx !== result) reader.fail('ASM_REGISTER', `the result goes to r${result}`, dst.column);
  const op = match[2] !== undefined ? (ATOMIC_BY_NAME.get(match[2]) as number) | BPF_FETCH : match[3] !== undefined ? BPF_XCHG : BPF_CMPXCHG;
  return insn(BPF_STX | BPF_ATOMIC | size, { dst: reg, src: src.idx, off, imm: op });
}

/** In `r1 = -r1` and `r1 = bswap16 r1` both registers are the same. */
function requireSame(reader: AsmReader, dst: Register): void {
  const src = reader.readRegister(dst.narrow);
  if (src.idx !== dst.idx) reader.fail('ASM_REGISTER', 'the same register expected on both sides', src.column);
}

function requireFull(reader: AsmReader, dst: Register): void {
  if (dst.narrow) reader.fail('ASM_REGISTER', 'r register expected', dst.column);
}
