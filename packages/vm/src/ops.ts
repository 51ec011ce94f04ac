// Which operations does the interpreter know beyond the plain opcodes?
//
// A predecoded instruction is four words: operation, a, b, c.
//   a  destination register times two (an index of its low half)
//   b  source register times two, or the immediate
//   c  memory offset, jump target (as an index of `ops`), or the high half of a 64-bit immediate
// Operations below 256 are opcode bytes as they are; those below stand for encodings that share an opcode.
// The interpreter's `switch` repeats the numbers as literals: only then is it compiled to a jump table.

/** Words of a predecoded instruction. */
export const OP_WORDS = 4;

/** Not an instruction, or the end of the program. */
export const OP_ILLEGAL = 0;
/** b = register, c = kind (`SLOW_*`). */
export const OP_SLOW_ALU_REG = 256;
/** b = immediate, c = kind. */
export const OP_SLOW_ALU_IMM = 257;
/** Sign-extending moves: 32 bits wide from 8 and 16; 64 bits wide from 8, 16 and 32. */
export const OP_MOVSX32_8 = 258;
export const OP_MOVSX32_16 = 259;
export const OP_MOVSX64_8 = 260;
export const OP_MOVSX64_16 = 261;
export const OP_MOVSX64_32 = 262;
/** b = index into `calls`. */
export const OP_CALL_LOCAL = 263;
/** b = index into `externs`. */
export const OP_CALL_EXTERN = 264;
/** The helper that does not return where it works. */
export const OP_TAIL_CALL = 265;
/** b = register | size in bytes << 8 | operation << 16, c = offset. */
export const OP_ATOMIC = 266;
/** a = size in bytes, b = index register (or -1), c = offset. */
export const OP_LD_PACKET = 267;
/** c = target. */
export const OP_MAY_GOTO = 268;
/** 64-bit address-space cast. */
export const OP_ADDR_SPACE_CAST = 269;
/** Addition of 64 bits without a result: what counters are made of. b = register, c = offset. */
export const OP_ATOMIC_ADD64 = 270;
