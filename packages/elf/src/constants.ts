// What are the numbers of the ELF format called? Names and values of the System V gABI, and of BPF's supplement to it.

/** First four bytes of every file, as a big-endian number: 0x7f `ELF`. */
export const ELF_MAGIC = 0x7f454c46;

export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ELFDATA2MSB = 2;
export const EV_CURRENT = 1;

/** Size of the file header in bytes. */
export const EHDR_SIZE = 64;
/** Size of a section header in bytes. */
export const SHDR_SIZE = 64;
/** Size of the header of a compressed section in bytes. */
export const CHDR_SIZE = 24;
/** Size of a symbol in bytes. */
export const SYM_SIZE = 24;
/** Size of a relocation without addend in bytes. */
export const REL_SIZE = 16;
/** Size of a relocation with addend in bytes. */
export const RELA_SIZE = 24;

export const ET_NONE = 0;
export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;
export const ET_CORE = 4;

export const EM_NONE = 0;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;
export const EM_RISCV = 243;
/** The machine of BPF objects. */
export const EM_BPF = 247;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_HASH = 5;
export const SHT_DYNAMIC = 6;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHT_INIT_ARRAY = 14;
export const SHT_FINI_ARRAY = 15;
export const SHT_GROUP = 17;
export const SHT_SYMTAB_SHNDX = 18;
/** Addresses whose identity matters, as a list of symbol numbers; only LLVM's linker reads it. */
export const SHT_LLVM_ADDRSIG = 0x6fff4c03;

export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
export const SHF_MERGE = 0x10;
export const SHF_STRINGS = 0x20;
export const SHF_INFO_LINK = 0x40;
export const SHF_LINK_ORDER = 0x80;
export const SHF_GROUP = 0x200;
export const SHF_TLS = 0x400;
export const SHF_COMPRESSED = 0x800;
export const SHF_EXCLUDE = 0x80000000;

export const SHN_UNDEF = 0;
/** First number that is not a section's. */
export const SHN_LORESERVE = 0xff00;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;
/** The number stands elsewhere, since it does not fit 16 bits. */
export const SHN_XINDEX = 0xffff;

export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STT_COMMON = 5;
export const STT_TLS = 6;

export const STV_DEFAULT = 0;
export const STV_INTERNAL = 1;
export const STV_HIDDEN = 2;
export const STV_PROTECTED = 3;

export const R_BPF_NONE = 0;
/** `ld_imm64`: 64 bits over two instructions. @source llvm.org/docs, BPF ABI relocation table */
export const R_BPF_64_64 = 1;
/** A 64-bit word of data. */
export const R_BPF_64_ABS64 = 2;
/** A 32-bit word of data. */
export const R_BPF_64_ABS32 = 3;
/** A 32-bit word of data that lld leaves alone: `.BTF` and `.BTF.ext`. */
export const R_BPF_64_NODYLD32 = 4;
/** The immediate of a call instruction. */
export const R_BPF_64_32 = 10;
