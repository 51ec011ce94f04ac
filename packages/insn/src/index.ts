// What does @rootlet/insn offer?
export * from './opcodes.ts';
export { decodeInsns, encodeInsns, INSN_BYTES, Insns } from './insns.ts';
export type { Insn } from './insns.ts';
export { findIsaRows, ISA, isAllowedValue, isValidOpcode } from './isa.ts';
export type { FieldRule, IsaRow, IsaVersion } from './isa.ts';
export { formatImm64 } from './imm64.ts';
export type { Imm64Style } from './imm64.ts';
export { disasmKernel, disasmKernelLine, disasmKernelProgram, formatOpcodePrefix } from './disasm-kernel.ts';
export type { KernelDisasmOptions } from './disasm-kernel.ts';
export { assemble, assembleProgram } from './assemble.ts';
export type { AssembledProgram } from './assemble.ts';
export type { AssembleOptions } from './asm-context.ts';
export { AsmError } from './asm-lexer.ts';
export { findInsnProblem, findIsaRow, reservedFields } from './validate.ts';
export type { InsnField, InsnProblem } from './validate.ts';
