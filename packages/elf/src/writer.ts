// How is a relocatable put together?
import { ByteWriter, UnsupportedError } from '@rootlet/bytes';
import {
  EHDR_SIZE,
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  ELFDATA2MSB,
  EM_BPF,
  ET_REL,
  EV_CURRENT,
  REL_SIZE,
  RELA_SIZE,
  SHDR_SIZE,
  SHF_INFO_LINK,
  SHN_LORESERVE,
  SHT_NOBITS,
  SHT_NULL,
  SHT_PROGBITS,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_LOCAL,
  STT_NOTYPE,
  STV_DEFAULT,
  SYM_SIZE,
} from './constants.ts';
import { StringTable } from './string-table.ts';

/** What kind of file to write. */
export interface ElfWriterOptions {
  readonly littleEndian: boolean;
  /** `e_type`; `ET_REL` when not given. */
  readonly type?: number;
  /** `e_machine`; `EM_BPF` when not given. */
  readonly machine?: number;
  /** `e_flags`; 0 when not given. */
  readonly flags?: number;
}

/** A section to write. */
export interface NewSection {
  readonly name: string;
  /** `SHT_PROGBITS` when not given. */
  readonly type?: number;
  readonly flags?: number;
  /** Content; none for `SHT_NOBITS`. */
  readonly data?: Uint8Array;
  /** Size in bytes; of the content when not given. */
  readonly size?: number;
  readonly link?: number;
  readonly info?: number;
  /** Power of two; 1 when not given. */
  readonly addrAlign?: number;
  readonly entSize?: number;
}

/** A symbol to write. */
export interface NewSymbol {
  /** Empty for section symbols. */
  readonly name: string;
  readonly value?: number;
  readonly size?: number;
  /** `STT_NOTYPE` when not given. */
  readonly type?: number;
  /** `STB_LOCAL` when not given. */
  readonly binding?: number;
  /** `STV_DEFAULT` when not given. */
  readonly visibility?: number;
  /** A number from {@link ElfWriter.addSection}, or one of `SHN_*`. */
  readonly sectionIdx: number;
}

/** A relocation to write. */
export interface NewReloc {
  /** Byte offset in the section. */
  readonly byteOff: number;
  readonly type: number;
  /** A number from {@link ElfWriter.addSymbol}; 0 for none. */
  readonly symbol: number;
  /** Any that is not 0 makes the table `SHT_RELA`. */
  readonly addend?: number;
}

/** A section header as it will stand in the file. */
interface PlacedSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addrAlign: number;
  readonly entSize: number;
}

/** Relocations of one section, a column each: a project has tens of thousands, and objects for them keep the collector busy. */
interface RelocRows {
  readonly byteOffs: number[];
  readonly types: number[];
  readonly symbols: number[];
  /** By row; undefined while all are 0. */
  addends: Map<number, number> | undefined;
}

const MAX_FILE_BYTES = 2 ** 31;

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

/**
 * Writes a relocatable: sections in the order they were added, then relocation tables, symbol table and string table. The same
 * calls give the same bytes.
 *
 * @example
 * ```ts
 * import { ElfWriter, parseElf, R_BPF_64_32, SHF_ALLOC, SHF_EXECINSTR, SHN_UNDEF, STB_GLOBAL } from '@rootlet/elf';
 *
 * const code = Uint8Array.of(0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0); // call helper; exit
 * const writer = new ElfWriter({ littleEndian: true });
 * const text = writer.addSection({ name: '.text', flags: SHF_ALLOC | SHF_EXECINSTR, data: code, addrAlign: 8 });
 * const helper = writer.addSymbol({ name: 'helper', binding: STB_GLOBAL, sectionIdx: SHN_UNDEF });
 * writer.addReloc(text, { byteOff: 0, type: R_BPF_64_32, symbol: helper });
 * const elf = parseElf(writer.finish());
 * console.log(elf.sections.slice(1).map(({ name }) => name).join(' ')); // .text .rel.text .symtab .strtab
 * ```
 */
export class ElfWriter {
  readonly #options: ElfWriterOptions;
  readonly #sections: NewSection[] = [];
  readonly #strings: StringTable = new StringTable();
  readonly #locals: ByteWriter;
  readonly #globals: ByteWriter;
  /** By number handed out, from 1: the symbol's place among local symbols, or, negative, among the others; both from 1. */
  readonly #places: number[] = [0];
  /** The symbol that names the last section. */
  #furthest = { name: '', sectionIdx: 0 };
  readonly #relocs: Map<number, RelocRows> = new Map();

  constructor(options: ElfWriterOptions) {
    this.#options = options;
    this.#locals = new ByteWriter(options.littleEndian).writeZeros(SYM_SIZE);
    this.#globals = new ByteWriter(options.littleEndian);
  }

  /** Adds a section. @returns its number in the file */
  addSection(section: NewSection): number {
    return this.#sections.push(section);
  }

  /**
   * Adds a symbol.
   *
   * @returns a number for {@link NewReloc.symbol}; in the file it may have another one, since local symbols stand first
   */
  addSymbol(symbol: NewSymbol): number {
    const { name, sectionIdx, binding = STB_LOCAL } = symbol;
    if (sectionIdx < SHN_LORESERVE && sectionIdx > this.#furthest.sectionIdx) this.#furthest = { name, sectionIdx };
    const isLocal = binding === STB_LOCAL;
    const out = isLocal ? this.#locals : this.#globals;
    this.#places.push(isLocal ? out.length / SYM_SIZE : -1 - out.length / SYM_SIZE);
    out.writeU32(this.#strings.add(name)).writeU8((binding << 4) | (symbol.type ?? STT_NOTYPE)).writeU8(symbol.visibility ?? STV_DEFAULT);
    out.writeU16(sectionIdx).writeU64(symbol.value ?? 0).writeU64(symbol.size ?? 0);
    return this.#places.length - 1;
  }

  /** Adds a relocation to section `sectionIdx`. */
  addReloc(sectionIdx: number, reloc: NewReloc): void {
    let rows = this.#relocs.get(sectionIdx);
    if (rows === undefined) this.#relocs.set(sectionIdx, (rows = { byteOffs: [], types: [], symbols: [], addends: undefined }));
    if (reloc.addend !== undefined && reloc.addend !== 0) rows.addends ??= new Map();
    rows.addends?.set(rows.byteOffs.length, reloc.addend ?? 0);
    rows.byteOffs.push(reloc.byteOff);
    rows.types.push(reloc.type);
    rows.symbols.push(reloc.symbol);
  }

  /**
   * The bytes of the file.
   *
   * @throws `UNSUPPORTED` beyond 65,279 sections or 2 GB; `RangeError` when a section or symbol number was never handed out
   */
  finish(): Uint8Array<ArrayBuffer> {
    const { littleEndian } = this.#options;
    const symtabIdx = 1 + this.#sections.length + this.#relocs.size;
    const strtabIdx = symtabIdx + 1;
    if (strtabIdx >= SHN_LORESERVE) throw new UnsupportedError('writing more than 65279 sections', { have: strtabIdx });

    const sections: PlacedSection[] = [placeNull(), ...this.#sections.map(placeSection)];
    for (const [target, rows] of [...this.#relocs].sort((a, b) => a[0] - b[0])) sections.push(this.#placeRelocs(target, rows, symtabIdx));
    sections.push(this.#placeSymbols(strtabIdx));
    const strings = this.#strings;
    const nameOffs = [...sections.map((section) => strings.add(section.name)), strings.add('.strtab')];
    sections.push({ ...placeSection({ name: '.strtab', type: SHT_STRTAB }), ...content(strings.finish()) });

    const byteOffs: number[] = [];
    let end = EHDR_SIZE;
    for (const section of sections) {
      if (section.type !== SHT_NULL) end = alignTo(end, section.addrAlign);
      byteOffs.push(section.type === SHT_NULL ? 0 : end);
      end += section.data.length;
    }
    const headersOff = alignTo(end, 8);
    if (headersOff > MAX_FILE_BYTES) throw new UnsupportedError('writing files of more than 2 GB', { have: headersOff });
    const out = new ByteWriter(littleEndian, headersOff + sections.length * SHDR_SIZE);
    this.#writeHeader(out, headersOff, sections.length, strtabIdx);
    sections.forEach((section, index) => {
      out.writeZeros(Math.max(0, (byteOffs[index] ?? 0) - out.length)).writeBytes(section.data);
    });
    out.align(8);
    sections.forEach((section, index) => writeSectionHeader(out, section, nameOffs[index] ?? 0, byteOffs[index] ?? 0));
    return out.finish();
  }

  /** A symbol's number in the file; local ones come first. */
  #symbolIdx(symbol: number): number {
    const place = this.#places[symbol];
    if (place === undefined) throw new RangeError(`relocation with symbol ${symbol}, which was not added`);
    return place >= 0 ? place : this.#locals.length / SYM_SIZE - 1 - place;
  }

  #placeRelocs(target: number, { byteOffs, types, symbols, addends }: RelocRows, symtabIdx: number): PlacedSection {
    const section = this.#sections[target - 1];
    if (section === undefined) throw new RangeError(`relocation in section ${target}, which was not added`);
    const entSize = addends === undefined ? REL_SIZE : RELA_SIZE;
    const out = new ByteWriter(this.#options.littleEndian, byteOffs.length * entSize);
    for (let i = 0; i < byteOffs.length; i++) {
      const type = types[i] as number;
      const symbolIdx = this.#symbolIdx(symbols[i] as number);
      out.writeU64(byteOffs[i] as number);
      // r_info is one 64-bit number: symbol above, type below.
      if (out.littleEndian) out.writeU32(type).writeU32(symbolIdx);
      else out.writeU32(symbolIdx).writeU32(type);
      if (addends !== undefined) out.writeU64(addends.get(i) ?? 0);
    }
    return {
      name: `${addends === undefined ? '.rel' : '.rela'}${section.name}`,
      type: addends === undefined ? SHT_REL : SHT_RELA,
      flags: SHF_INFO_LINK,
      ...content(out.finish()),
      link: symtabIdx,
      info: target,
      addrAlign: 8,
      entSize,
    };
  }

  #placeSymbols(strtabIdx: number): PlacedSection {
    const { name, sectionIdx } = this.#furthest;
    if (sectionIdx > this.#sections.length) throw new RangeError(`symbol ${name} in section ${sectionIdx}, which was not added`);
    const locals = this.#locals.finish();
    const globals = this.#globals.finish();
    const bytes = new Uint8Array(locals.length + globals.length);
    bytes.set(locals);
    bytes.set(globals, locals.length);
    const table = placeSection({ name: '.symtab', type: SHT_SYMTAB, addrAlign: 8, entSize: SYM_SIZE });
    return { ...table, ...content(bytes), link: strtabIdx, info: locals.length / SYM_SIZE };
  }

  #writeHeader(out: ByteWriter, headersOff: number, count: number, namesIdx: number): void {
    const magic = new ByteWriter(false, 16).writeU32(ELF_MAGIC).writeU8(ELFCLASS64);
    magic.writeU8(this.#options.littleEndian ? ELFDATA2LSB : ELFDATA2MSB).writeU8(EV_CURRENT).writeZeros(9);
    out.writeBytes(magic.finish());
    out.writeU16(this.#options.type ?? ET_REL).writeU16(this.#options.machine ?? EM_BPF).writeU32(EV_CURRENT);
    out.writeU64(0).writeU64(0).writeU64(headersOff).writeU32(this.#options.flags ?? 0);
    out.writeU16(EHDR_SIZE).writeU16(0).writeU16(0).writeU16(SHDR_SIZE).writeU16(count).writeU16(namesIdx);
  }
}

function placeNull(): PlacedSection {
  return { ...placeSection({ name: '', type: SHT_NULL }), addrAlign: 0 };
}

function placeSection(section: NewSection): PlacedSection {
  const type = section.type ?? SHT_PROGBITS;
  const data = type === SHT_NOBITS ? NO_BYTES : (section.data ?? NO_BYTES);
  return {
    name: section.name,
    type,
    flags: section.flags ?? 0,
    data,
    size: type === SHT_NOBITS ? (section.size ?? 0) : data.length,
    link: section.link ?? 0,
    info: section.info ?? 0,
    addrAlign: Math.max(1, section.addrAlign ?? 1),
    entSize: section.entSize ?? 0,
  };
}

function content(data: Uint8Array): { readonly data: Uint8Array; readonly size: number } {
  return { data, size: data.length };
}

function alignTo(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

function writeSectionHeader(out: ByteWriter, section: PlacedSection, nameOff: number, byteOff: number): void {
  out.writeU32(nameOff).writeU32(section.type).writeU64(section.flags).writeU64(0).writeU64(byteOff).writeU64(section.size);
  out.writeU32(section.link).writeU32(section.info).writeU64(section.addrAlign).writeU64(section.entSize);
}
