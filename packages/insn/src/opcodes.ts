// How is an opcode byte put together?
// Names and values: UAPI linux/bpf_common.h and linux/bpf.h; RFC 9669, section 3.

/** Instruction classes: the low three bits of the opcode. */
export const BPF_LD = 0x00;
export const BPF_LDX = 0x01;
export const BPF_ST = 0x02;
export const BPF_STX = 0x03;
export const BPF_ALU = 0x04;
export const BPF_JMP = 0x05;
export const BPF_JMP32 = 0x06;
export const BPF_ALU64 = 0x07;

/** Access sizes of loads and stores. */
export const BPF_W = 0x00;
export const BPF_H = 0x08;
export const BPF_B = 0x10;
export const BPF_DW = 0x18;

/** Modes of loads and stores. */
export const BPF_IMM = 0x00;
export const BPF_ABS = 0x20;
export const BPF_IND = 0x40;
export const BPF_MEM = 0x60;
export const BPF_MEMSX = 0x80;
export const BPF_ATOMIC = 0xc0;

/** Source operand: immediate or register. */
export const BPF_K = 0x00;
export const BPF_X = 0x08;

/** Arithmetic operations. */
export const BPF_ADD = 0x00;
export const BPF_SUB = 0x10;
export const BPF_MUL = 0x20;
export const BPF_DIV = 0x30;
export const BPF_OR = 0x40;
export const BPF_AND = 0x50;
export const BPF_LSH = 0x60;
export const BPF_RSH = 0x70;
export const BPF_NEG = 0x80;
export const BPF_MOD = 0x90;
export const BPF_XOR = 0xa0;
export const BPF_MOV = 0xb0;
export const BPF_ARSH = 0xc0;
export const BPF_END = 0xd0;

/** Byte-swap direction, in the source bit of `BPF_END`. */
export const BPF_TO_LE = 0x00;
export const BPF_TO_BE = 0x08;

/** Jump operations. */
export const BPF_JA = 0x00;
export const BPF_JEQ = 0x10;
export const BPF_JGT = 0x20;
export const BPF_JGE = 0x30;
export const BPF_JSET = 0x40;
export const BPF_JNE = 0x50;
export const BPF_JSGT = 0x60;
export const BPF_JSGE = 0x70;
export const BPF_CALL = 0x80;
export const BPF_EXIT = 0x90;
export const BPF_JLT = 0xa0;
export const BPF_JLE = 0xb0;
export const BPF_JSLT = 0xc0;
export const BPF_JSLE = 0xd0;
export const BPF_JCOND = 0xe0;

/** Atomic operations, in the immediate of `BPF_ATOMIC`. */
export const BPF_FETCH = 0x01;
export const BPF_XCHG: number = 0xe0 | BPF_FETCH;
export const BPF_CMPXCHG: number = 0xf0 | BPF_FETCH;
export const BPF_LOAD_ACQ = 0x100;
export const BPF_STORE_REL = 0x110;

/** `src_reg` of a two-slot load (`ld_imm64`): what the immediate names. */
export const BPF_PSEUDO_MAP_FD = 1;
export const BPF_PSEUDO_MAP_VALUE = 2;
export const BPF_PSEUDO_BTF_ID = 3;
export const BPF_PSEUDO_FUNC = 4;
export const BPF_PSEUDO_MAP_IDX = 5;
export const BPF_PSEUDO_MAP_IDX_VALUE = 6;

/** `src_reg` of a call: helper (0), pc-relative, kfunc; 3 is rootlet's own (docs/linking.md). */
export const BPF_PSEUDO_CALL = 1;
export const BPF_PSEUDO_KFUNC_CALL = 2;
/** Call of a function in another loaded program: `imm` = BTF id of the function in the provider's BTF, `off` = index of the provider's fd in `fd_array`. Known to the simulated kernel only. */
export const BPF_PSEUDO_PROG_CALL = 3;

/** `src_reg` of `BPF_JCOND`: may_goto. */
export const BPF_MAY_GOTO = 0;

/** `off` of a 64-bit register move that casts an address space. */
export const BPF_ADDR_SPACE_CAST = 1;

/** Opcode of a two-slot 64-bit immediate load. */
export const LD_IMM64: number = BPF_LD | BPF_IMM | BPF_DW;
/** Opcode of a call. */
export const CALL: number = BPF_JMP | BPF_CALL;
/** Opcode of exit. */
export const EXIT: number = BPF_JMP | BPF_EXIT;
/** Opcode of an indirect jump: to the instruction whose address a register holds. clang 22 writes it for `-mcpu=v4`; Linux 6.18 does not know it. */
export const GOTOX: number = BPF_JMP | BPF_JA | BPF_X;

/** Instruction class of an opcode byte. */
export function insnClass(code: number): number {
  return code & 0x07;
}

/** Arithmetic or jump operation of an opcode byte (high four bits). */
export function insnOp(code: number): number {
  return code & 0xf0;
}

/** Access size field (`BPF_W`, `BPF_H`, `BPF_B`, `BPF_DW`) of a load or store opcode. */
export function insnSize(code: number): number {
  return code & 0x18;
}

/** Mode field (`BPF_IMM` … `BPF_ATOMIC`) of a load or store opcode. */
export function insnMode(code: number): number {
  return code & 0xe0;
}

/** Source field (`BPF_K` or `BPF_X`) of an arithmetic or jump opcode. */
export function insnSrc(code: number): number {
  return code & 0x08;
}

/** Access size in bytes of a load or store opcode. */
export function accessBytes(code: number): 1 | 2 | 4 | 8 {
  switch (code & 0x18) {
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    case BPF_B:
      return 1;
    default:
      return 8;
  }
}
