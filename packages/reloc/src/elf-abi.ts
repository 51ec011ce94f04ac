// Which ELF numbers does linking act on?
// Names and values: ELF specification; LLVM BPF relocation kinds, Documentation/bpf/llvm_reloc.rst.

export const SHT_PROGBITS = 1;
export const SHT_NOBITS = 8;
export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHN_UNDEF = 0;
export const SHN_LORESERVE = 0xff00;
export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;
export const STV_DEFAULT = 0;
export const STV_INTERNAL = 1;
export const STV_HIDDEN = 2;
export const STV_PROTECTED = 3;

/** 64-bit immediate of a two-slot load. */
export const R_BPF_64_64 = 1;
/** 64-bit word of data. */
export const R_BPF_64_ABS64 = 2;
/** 32-bit word of data. */
export const R_BPF_64_ABS32 = 3;
/** 32-bit word of data that a dynamic loader leaves alone: `.BTF`, `.BTF.ext`. */
export const R_BPF_64_NODYLD32 = 4;
/** 32-bit immediate of a call, in instructions. */
export const R_BPF_64_32 = 10;

const RELOC_NAMES: readonly (readonly [number, string])[] = [
  [R_BPF_64_64, 'R_BPF_64_64'],
  [R_BPF_64_ABS64, 'R_BPF_64_ABS64'],
  [R_BPF_64_ABS32, 'R_BPF_64_ABS32'],
  [R_BPF_64_NODYLD32, 'R_BPF_64_NODYLD32'],
  [R_BPF_64_32, 'R_BPF_64_32'],
];

/** Name of a relocation type for messages, e.g. `R_BPF_64_32`. */
export function relocTypeName(type: number): string {
  return RELOC_NAMES.find(([value]) => value === type)?.[1] ?? `relocation type ${type}`;
}
