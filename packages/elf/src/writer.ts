// How is a relocatable put together?
import { ByteWriter, bug, UnsupportedError } from '@rootlet/bytes';
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
  readonly #symbols: NewSymbol[] = [];
  readonly #relocs: Map<number, NewReloc[]> = new Map<number, NewReloc[]>();

  constructor(options: ElfWriterOptions) {
    this.#options = options;
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
    return this.#symbols.push(symbol);
  }

  /** Adds a relocation to section `sectionIdx`. */
  addReloc(sectionIdx: number, reloc: NewReloc): void {
    const relocs = this.#relocs.get(sectionIdx);
    if (relocs === undefined) this.#relocs.set(sectionIdx, [reloc]);
    else relocs.push(reloc);
  }

  /**
   * The bytes of the file.
   *
   * @throws `UNSUPPORTED` beyond 65,279 sections or 2 GB; `RangeError` when a section or symbol number was never handed out
   */
  finish(): Uint8Array<ArrayBuffer> {
    const { littleEndian } = this.#options;
    const strings = new StringTable();
    const symtabIdx = 1 + this.#sections.length + this.#relocs.size;
    const strtabIdx = symtabIdx + 1;
    if (strtabIdx >= SHN_LORESERVE) throw new UnsupportedError('writing more than 65279 sections', { have: strtabIdx });

    const order = this.#orderSymbols();
    const sections: PlacedSection[] = [placeNull(), ...this.#sections.map(placeSection)];
    for (const [target, relocs] of [...this.#relocs].sort((a, b) => a[0] - b[0])) {
      sections.push(this.#placeRelocs(target, relocs, order, symtabIdx));
    }
    sections.push(this.#placeSymbols(order, strings, strtabIdx));
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

  /** Numbers in the file by number handed out; locals first, otherwise in order. */
  #orderSymbols(): { readonly numbers: readonly number[]; readonly sorted: readonly NewSymbol[]; readonly locals: number } {
    const handles = this.#symbols.map((_symbol, index) => index);
    const isLocal = (index: number): boolean => (this.#symbols[index]?.binding ?? STB_LOCAL) === STB_LOCAL;
    const sorted = [...handles.filter(isLocal), ...handles.filter((index) => !isLocal(index))];
    const numbers = [0];
    sorted.forEach((handle, position) => {
      numbers[handle + 1] = position + 1;
    });
    return {
      numbers,
      sorted: sorted.map((handle) => this.#symbols[handle] ?? bug(`no symbol ${handle}`)),
      locals: handles.filter(isLocal).length,
    };
  }

  #placeRelocs(target: number, relocs: readonly NewReloc[], order: { readonly numbers: readonly number[] }, symtabIdx: number): PlacedSection {
    const section = this.#sections[target - 1];
    if (section === undefined) throw new RangeError(`relocation in section ${target}, which was not added`);
    const withAddend = relocs.some((reloc) => (reloc.addend ?? 0) !== 0);
    const out = new ByteWriter(this.#options.littleEndian, relocs.length * RELA_SIZE);
    for (const reloc of relocs) {
      const symbolIdx = order.numbers[reloc.symbol];
      if (symbolIdx === undefined) throw new RangeError(`relocation with symbol ${reloc.symbol}, which was not added`);
      out.writeU64(reloc.byteOff);
      // r_info is one 64-bit number: symbol above, type below.
      if (out.littleEndian) out.writeU32(reloc.type).writeU32(symbolIdx);
      else out.writeU32(symbolIdx).writeU32(reloc.type);
      if (withAddend) out.writeU64(reloc.addend ?? 0);
    }
    return {
      name: `${withAddend ? '.rela' : '.rel'}${section.name}`,
      type: withAddend ? SHT_RELA : SHT_REL,
      flags: SHF_INFO_LINK,
      ...content(out.finish()),
      link: symtabIdx,
      info: target,
      addrAlign: 8,
      entSize: withAddend ? RELA_SIZE : REL_SIZE,
    };
  }

  #placeSymbols(order: { readonly sorted: readonly NewSymbol[]; readonly locals: number }, strings: StringTable, strtabIdx: number): PlacedSection {
    const out = new ByteWriter(this.#options.littleEndian, (order.sorted.length + 1) * SYM_SIZE).writeZeros(SYM_SIZE);
    for (const symbol of order.sorted) {
      if (symbol.sectionIdx > this.#sections.length && symbol.sectionIdx < SHN_LORESERVE) {
        throw new RangeError(`symbol ${symbol.name} in section ${symbol.sectionIdx}, which was not added`);
      }
      out.writeU32(strings.add(symbol.name));
      out.writeU8(((symbol.binding ?? STB_LOCAL) << 4) | (symbol.type ?? STT_NOTYPE)).writeU8(symbol.visibility ?? STV_DEFAULT);
      out.writeU16(symbol.sectionIdx).writeU64(symbol.value ?? 0).writeU64(symbol.size ?? 0);
    }
    const table = placeSection({ name: '.symtab', type: SHT_SYMTAB, addrAlign: 8, entSize: SYM_SIZE });
    return { ...table, ...content(out.finish()), link: strtabIdx, info: order.locals + 1 };
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
