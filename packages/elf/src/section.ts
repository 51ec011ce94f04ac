// What is known of one section?
import type { ByteView } from '@rootlet/bytes';
import { SHT_NOBITS, SHT_NULL } from './constants.ts';
import { readRelocs } from './relocs.ts';
import type { ElfReloc, ElfSection } from './types.ts';

const NO_RELOCS: readonly ElfReloc[] = /* @__PURE__ */ Object.freeze([]);

/** One `Elf64_Shdr`, checked against the file. */
export type SectionHeader = Omit<ParsedSection, 'name' | 'table' | 'moreTables' | 'data' | 'relocs'>;

/** A section whose content and relocations become objects when they are first asked for. */
export class ParsedSection implements ElfSection {
  readonly index: number;
  /** Offset of the name in the section name table. */
  readonly nameOff: number;
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly byteOff: number;
  readonly size: number;
  /** Size in memory: of a compressed section, what it unpacks to. Symbols and relocations count in these bytes. */
  readonly memSize: number;
  readonly link: number;
  readonly info: number;
  readonly addrAlign: number;
  readonly entSize: number;
  /** Known when all headers are. */
  name = '';
  /** The relocation table that applies to this section, checked; undefined when none does. */
  table: SectionHeader | undefined;
  /** Further ones, which compilers do not write. */
  moreTables: SectionHeader[] | undefined;
  readonly #file: ByteView;
  #data: ByteView | undefined;
  #relocs: readonly ElfReloc[] | undefined;

  constructor(
    file: ByteView,
    index: number,
    nameOff: number,
    type: number,
    flags: number,
    addr: number,
    byteOff: number,
    size: number,
    memSize: number,
    link: number,
    info: number,
    addrAlign: number,
    entSize: number,
  ) {
    this.index = index;
    this.nameOff = nameOff;
    this.type = type;
    this.flags = flags;
    this.addr = addr;
    this.byteOff = byteOff;
    this.size = size;
    this.memSize = memSize;
    this.link = link;
    this.info = info;
    this.addrAlign = addrAlign;
    this.entSize = entSize;
    this.#file = file;
  }

  /** Whether `size` bytes at `byteOff` of the file belong to the section. */
  get hasContent(): boolean {
    return this.type !== SHT_NULL && this.type !== SHT_NOBITS;
  }

  get data(): ByteView {
    if (this.#data === undefined) {
      const what = this.name === '' ? `elf: section ${this.index}` : `elf: section ${this.name}`;
      this.#data = this.hasContent ? this.#file.slice(this.byteOff, this.size, what) : this.#file.slice(0, 0, what);
    }
    return this.#data;
  }

  get relocs(): readonly ElfReloc[] {
    this.#relocs ??= this.table === undefined ? NO_RELOCS : readRelocs(this.#file, [this.table, ...(this.moreTables ?? [])]);
    return this.#relocs;
  }
}
