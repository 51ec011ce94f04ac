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
