// Which instructions exist, and what may stand in their fields?
import {
  BPF_ABS,
  BPF_ADD,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_ATOMIC,
  BPF_B,
  BPF_CMPXCHG,
  BPF_DIV,
  BPF_DW,
  BPF_END,
  BPF_FETCH,
  BPF_H,
  BPF_IND,
  BPF_JA,
  BPF_JCOND,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_LSH,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_PROG_CALL,
  BPF_RSH,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_SUB,
  BPF_TO_BE,
  BPF_W,
  BPF_X,
  BPF_XCHG,
  BPF_XOR,
  CALL,
  EXIT,
  GOTOX,
  LD_IMM64,
} from './opcodes.ts';

/** Values a field may hold: listed ones, or any (for registers: r0–r10). A reserved field lists only 0. */
export type FieldRule = 'any' | readonly number[];

/** The first `-mcpu` of clang that may emit an instruction. */
export type IsaVersion = 1 | 2 | 3 | 4;

/** One instruction of the instruction set. Several may share an opcode and differ in `src`, `off` or `imm`. */
export interface IsaRow {
  /** Stable name, e.g. `add64_k`, `sdiv32_x`, `lock_fetch_add64`, `call_kfunc`. */
  readonly name: string;
  /** Opcode byte. */
  readonly code: number;
  /** First `-mcpu` that may emit it; the kernel knows several of them longer. */
  readonly version: IsaVersion;
  readonly dst: FieldRule;
  readonly src: FieldRule;
  readonly off: FieldRule;
  readonly imm: FieldRule;
}

const ZERO: readonly number[] = [0];
const ANY = 'any';

/** Names of arithmetic operations with a second operand, by operation bits. */
const ALU_OPS: readonly (readonly [op: number, name: string])[] = [
  [BPF_ADD, 'add'],
  [BPF_SUB, 'sub'],
  [BPF_MUL, 'mul'],
  [BPF_DIV, 'div'],
  [BPF_OR, 'or'],
  [BPF_AND, 'and'],
  [BPF_LSH, 'lsh'],
  [BPF_RSH, 'rsh'],
  [BPF_MOD, 'mod'],
  [BPF_XOR, 'xor'],
  [BPF_MOV, 'mov'],
  [BPF_ARSH, 'arsh'],
];

const COND_OPS: readonly (readonly [op: number, name: string, version: IsaVersion])[] = [
  [BPF_JEQ, 'jeq', 1],
  [BPF_JGT, 'jgt', 1],
  [BPF_JGE, 'jge', 1],
  [BPF_JSET, 'jset', 1],
  [BPF_JNE, 'jne', 1],
  [BPF_JSGT, 'jsgt', 1],
  [BPF_JSGE, 'jsge', 1],
  [BPF_JLT, 'jlt', 2],
  [BPF_JLE, 'jle', 2],
  [BPF_JSLT, 'jslt', 2],
  [BPF_JSLE, 'jsle', 2],
];

const SIZES: readonly (readonly [size: number, bits: number])[] = [
  [BPF_B, 8],
  [BPF_H, 16],
  [BPF_W, 32],
  [BPF_DW, 64],
];

const ATOMIC_OPS: readonly (readonly [op: number, name: string])[] = [
  [BPF_ADD, 'add'],
  [BPF_OR, 'or'],
  [BPF_AND, 'and'],
  [BPF_XOR, 'xor'],
];

/** The whole instruction set to `-mcpu=v4`, ordered by opcode class. */
export const ISA: readonly IsaRow[] = /* @__PURE__ */ buildIsa();

function buildIsa(): IsaRow[] {
  return [...aluRows(), ...jumpRows(), ...memoryRows(), ...atomicRows()];
}

function row(name: string, code: number, version: IsaVersion, fields: Partial<IsaRow>): IsaRow {
  return { name, code, version, dst: ZERO, src: ZERO, off: ZERO, imm: ZERO, ...fields };
}

function aluRows(): IsaRow[] {
  const rows: IsaRow[] = [];
  for (const [cls, bits, version] of [[BPF_ALU64, 64, 1], [BPF_ALU, 32, 3]] as const) {
    for (const [op, name] of ALU_OPS) {
      rows.push(row(`${name}${bits}_k`, cls | op | BPF_K, version, { dst: ANY, imm: ANY }));
      rows.push(row(`${name}${bits}_x`, cls | op | BPF_X, version, { dst: ANY, src: ANY }));
      if (op === BPF_DIV || op === BPF_MOD) {
        rows.push(row(`s${name}${bits}_k`, cls | op | BPF_K, 4, { dst: ANY, off: [1], imm: ANY }));
        rows.push(row(`s${name}${bits}_x`, cls | op | BPF_X, 4, { dst: ANY, src: ANY, off: [1] }));
      }
    }
    rows.push(row(`neg${bits}`, cls | BPF_NEG, version, { dst: ANY }));
    const widths = bits === 64 ? [8, 16, 32] : [8, 16];
    rows.push(row(`movsx${bits}`, cls | BPF_MOV | BPF_X, 4, { dst: ANY, src: ANY, off: widths }));
  }
  rows.push(row('addr_space_cast', BPF_ALU64 | BPF_MOV | BPF_X, 4, { dst: ANY, src: ANY, off: [BPF_ADDR_SPACE_CAST], imm: ANY }));
  rows.push(row('le', BPF_ALU | BPF_END, 1, { dst: ANY, imm: [16, 32, 64] }));
  rows.push(row('be', BPF_ALU | BPF_END | BPF_TO_BE, 1, { dst: ANY, imm: [16, 32, 64] }));
  rows.push(row('bswap', BPF_ALU64 | BPF_END, 4, { dst: ANY, imm: [16, 32, 64] }));
  return rows;
}

function jumpRows(): IsaRow[] {
  const rows: IsaRow[] = [
    row('goto', BPF_JMP | BPF_JA, 1, { off: ANY }),
    row('gotol', BPF_JMP32 | BPF_JA, 4, { imm: ANY }),
    row('gotox', GOTOX, 4, { dst: ANY }),
    row('may_goto', BPF_JMP | BPF_JCOND, 4, { off: ANY }),
    row('call_helper', CALL, 1, { imm: ANY }),
    row('call_pc', CALL, 1, { src: [BPF_PSEUDO_CALL], imm: ANY }),
    row('call_kfunc', CALL, 1, { src: [BPF_PSEUDO_KFUNC_CALL], off: ANY, imm: ANY }),
    row('call_prog', CALL, 1, { src: [BPF_PSEUDO_PROG_CALL], off: ANY, imm: ANY }),
    row('exit', EXIT, 1, {}),
  ];
  for (const [cls, bits] of [[BPF_JMP, 64], [BPF_JMP32, 32]] as const) {
    for (const [op, name, version] of COND_OPS) {
      const first = bits === 64 ? version : 3;
      rows.push(row(`${name}${bits}_k`, cls | op | BPF_K, first, { dst: ANY, off: ANY, imm: ANY }));
      rows.push(row(`${name}${bits}_x`, cls | op | BPF_X, first, { dst: ANY, src: ANY, off: ANY }));
    }
  }
  return rows;
}

function memoryRows(): IsaRow[] {
  const rows: IsaRow[] = [row('ld_imm64', LD_IMM64, 1, { dst: ANY, src: [0, 1, 2, 3, 4, 5, 6], imm: ANY })];
  for (const [size, bits] of SIZES) {
    rows.push(row(`ldx${bits}`, BPF_LDX | BPF_MEM | size, 1, { dst: ANY, src: ANY, off: ANY }));
    if (bits < 64) {
      rows.push(row(`ldsx${bits}`, BPF_LDX | BPF_MEMSX | size, 4, { dst: ANY, src: ANY, off: ANY }));
      rows.push(row(`ld_abs${bits}`, BPF_LD | BPF_ABS | size, 1, { imm: ANY }));
      rows.push(row(`ld_ind${bits}`, BPF_LD | BPF_IND | size, 1, { src: ANY, imm: ANY }));
    }
    rows.push(row(`stx${bits}`, BPF_STX | BPF_MEM | size, 1, { dst: ANY, src: ANY, off: ANY }));
    rows.push(row(`st${bits}`, BPF_ST | BPF_MEM | size, 4, { dst: ANY, off: ANY, imm: ANY }));
  }
  return rows;
}

function atomicRows(): IsaRow[] {
  const rows: IsaRow[] = [];
  const add = (name: string, size: number, version: IsaVersion, op: number): void => {
    rows.push(row(name, BPF_STX | BPF_ATOMIC | size, version, { dst: ANY, src: ANY, off: ANY, imm: [op] }));
  };
  for (const [size, bits] of SIZES) {
    if (bits >= 32) {
      for (const [op, name] of ATOMIC_OPS) {
        // `lock +=` is as old as eBPF; the other operations came with the fetching forms.
        add(`lock_${name}${bits}`, size, op === BPF_ADD ? 1 : 3, op);
        add(`lock_fetch_${name}${bits}`, size, 3, op | BPF_FETCH);
      }
      add(`xchg${bits}`, size, 3, BPF_XCHG);
      add(`cmpxchg${bits}`, size, 3, BPF_CMPXCHG);
    }
    add(`load_acquire${bits}`, size, 4, BPF_LOAD_ACQ);
    add(`store_release${bits}`, size, 4, BPF_STORE_REL);
  }
  return rows;
}

/** Rows of {@link ISA} by opcode byte; undefined where no instruction has that opcode. */
const ROWS_BY_CODE: readonly (readonly IsaRow[] | undefined)[] = /* @__PURE__ */ indexByCode(ISA);

function indexByCode(rows: readonly IsaRow[]): (IsaRow[] | undefined)[] {
  const byCode = new Array<IsaRow[] | undefined>(256).fill(undefined);
  for (const isaRow of rows) (byCode[isaRow.code] ??= []).push(isaRow);
  return byCode;
}

/** The instructions with the opcode byte `code`, none when the opcode is unknown. */
export function findIsaRows(code: number): readonly IsaRow[] {
  return ROWS_BY_CODE[code & 0xff] ?? [];
}

/**
 * Whether Linux 6.18 has an instruction with this opcode byte. It refuses the others with `unknown opcode xx`, `gotox` among them.
 *
 * @source RFC 9669, appendix A; load-acquire and later: UAPI linux/bpf.h and the running kernel
 */
export function isValidOpcode(code: number): boolean {
  return ROWS_BY_CODE[code & 0xff] !== undefined && code !== GOTOX;
}

/** Whether `value` may stand in a field with this rule; for `any`, what the field's width allows. */
export function isAllowedValue(rule: FieldRule, value: number): boolean {
  return rule === 'any' || rule.includes(value);
}
