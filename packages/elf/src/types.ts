// What does an ELF relocatable consist of?
import type { ByteView } from '@rootlet/bytes';

/** A parsed ELF64 file. Everything is a view on the input; nothing is copied. */
export interface ElfFile {
  /** The whole input. */
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  /** `e_type`, e.g. `ET_REL`. */
  readonly type: number;
  /** `e_machine`, e.g. `EM_BPF` (247). */
  readonly machine: number;
  /** `e_flags`. */
  readonly flags: number;
  /** All section headers, index 0 (the null section) included, so that `sections[i].index === i`. */
  readonly sections: readonly ElfSection[];
  /** The symbol table, index 0 included; empty when there is none. */
  readonly symbols: readonly ElfSymbol[];
}

/** One section. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `sh_type`, e.g. `SHT_PROGBITS`. */
  readonly type: number;
  /** `sh_flags`, e.g. `SHF_EXECINSTR`. */
  readonly flags: number;
  /** `sh_addr`; 0 in relocatables. */
  readonly addr: number;
  /** Offset of the content in the file, bytes. */
  readonly byteOff: number;
  /** `sh_size` in bytes; for `SHT_NOBITS` the size in memory. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addrAlign: number;
  readonly entSize: number;
  /** The content; empty for `SHT_NOBITS` and `SHT_NULL`. */
  readonly data: ByteView;
  /** Relocations that apply to this section, in file order. */
  readonly relocs: readonly ElfReloc[];
}

/** One symbol. */
export interface ElfSymbol {
  readonly index: number;
  /** Empty for section symbols. */
  readonly name: string;
  /** `st_value`: byte offset in its section. */
  readonly value: number;
  /** `st_size` in bytes. */
  readonly size: number;
  /** `STT_NOTYPE`, `STT_OBJECT`, `STT_FUNC`, `STT_SECTION`, `STT_FILE`. */
  readonly type: number;
  /** `STB_LOCAL`, `STB_GLOBAL`, `STB_WEAK`. */
  readonly binding: number;
  /** `STV_DEFAULT`, `STV_INTERNAL`, `STV_HIDDEN`, `STV_PROTECTED`. */
  readonly visibility: number;
  /** `st_shndx`: a section index, `SHN_UNDEF`, `SHN_ABS` or `SHN_COMMON`. */
  readonly sectionIdx: number;
}

/** One relocation. */
export interface ElfReloc {
  /** Byte offset in the section it applies to. */
  readonly byteOff: number;
  /** `R_BPF_64_64` and so on. */
  readonly type: number;
  /** Index in {@link ElfFile.symbols}. */
  readonly symbolIdx: number;
  /** From RELA records; 0 in REL records, where it stands in the place itself. */
  readonly addend: number;
}
