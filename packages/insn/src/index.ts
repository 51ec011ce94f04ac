// What does @rootlet/insn offer?
export {
  accessBytes,
  BPF_ABS,
  BPF_ADD,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
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
  BPF_MAY_GOTO,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  BPF_PSEUDO_PROG_CALL,
  BPF_RSH,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_SUB,
  BPF_TO_BE,
  BPF_TO_LE,
  BPF_W,
  BPF_X,
  BPF_XCHG,
  BPF_XOR,
  CALL,
  EXIT,
  GOTOX,
  insnClass,
  insnMode,
  insnOp,
  insnSize,
  insnSrc,
  LD_IMM64,
} from './opcodes.ts';
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
export { disasmLlvm, LLVM_UNKNOWN } from './disasm-llvm.ts';
export type { LlvmDisasmOptions } from './disasm-llvm.ts';
export { disasmLlvmSection } from './disasm-llvm-section.ts';
export type { LlvmReloc, LlvmSection, LlvmSymbol } from './disasm-llvm-section.ts';
export {
  isAtomic,
  isBranch,
  isCall,
  isExit,
  isGoto,
  isHelperCall,
  isIndirectGoto,
  isKfuncCall,
  isLoad,
  isMayGoto,
  isPacketLoad,
  isProgCall,
  isPseudoFunc,
  isStore,
  isSubprogCall,
} from './predicates.ts';
export { fallThrough, jumpDistance, jumpTarget, NO_SLOT, subprogTarget, successors } from './successors.ts';
export { definedRegs, usedRegs } from './registers.ts';
export type { CallArguments } from './registers.ts';
export { findSubprogs, findSubprogStarts } from './subprogs.ts';
export type { SubprogRange } from './subprogs.ts';
export { blockPredecessors, blockSuccessors, buildCfg, reversePostorder } from './cfg.ts';
export type { Cfg } from './cfg.ts';
export { insertInsns, PatchError, patchInsns, removeInsns, replaceInsns } from './patch.ts';
export type { Patch, Patched } from './patch.ts';
