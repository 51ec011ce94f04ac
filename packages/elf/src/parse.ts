// What is in this ELF file?
import { ByteView } from '@rootlet/bytes';
import { ET_REL } from './constants.ts';
import { parseHeader } from './header.ts';
import { checkRelocs, readRelocs } from './relocs.ts';
import type { RelocTable } from './relocs.ts';
import { parseSectionHeaders, rejectOverlaps, type SectionHeader } from './sections.ts';
import { NameReader, openStrings } from './strings.ts';
import { parseSymbols } from './symbols.ts';
import type { ElfFile, ElfReloc, ElfSection } from './types.ts';

/**
 * Parses an ELF64 file of either byte order. Content is shared with the input, not copied, and every index, offset and size in
 * the result has been checked against the file: section content lies inside it, symbols lie inside their sections, and
 * relocations name symbols and places that exist. Compressed sections stay compressed; symbols and relocations count in the bytes
 * they unpack to, by their own word.
 *
 * The machine is not judged, so that any object can be inspected: compare {@link ElfFile.machine} with `EM_BPF`. Relocations
 * are read from relocatables (`ET_REL`) only. `SHT_NOBITS` sections have no bytes, so their size may exceed the file's: bound
 * it before allocating.
 *
 * @param bytes the whole file
 * @throws `ELF_MAGIC` `ELF_CLASS` `ELF_BYTE_ORDER` `ELF_VERSION` `ELF_HEADER` `ELF_SECTION` `ELF_OVERLAP` `ELF_STRTAB` `ELF_NAMES`
 * `ELF_SYMTAB` `ELF_SYMBOL` `ELF_RELOC` `TRUNCATED` `VALUE_TOO_LARGE` `STRING_UNTERMINATED`
 * @source System V gABI, chapters 4 and 5
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  const header = parseHeader(bytes);
  const file = new ByteView(bytes, 'elf', header.littleEndian);
  const { headers, nameSectionIdx } = parseSectionHeaders(file, header);
  rejectOverlaps(headers);

  const names = nameSectionIdx === 0 ? undefined : new NameReader(openStrings(file, headers, nameSectionIdx, 'elf: section names'));
  const sectionNames = headers.map((item) => names?.read(item.nameOff, 'section', item.index) ?? '');
  const symbols = parseSymbols(file, headers, header.type === ET_REL);
  const tables = header.type === ET_REL ? checkRelocs(file, headers, symbols.length) : new Map<number, RelocTable[]>();

  return {
    bytes,
    littleEndian: header.littleEndian,
    type: header.type,
    machine: header.machine,
    flags: header.flags,
    sections: headers.map((item) => new ParsedSection(file, item, sectionNames[item.index] ?? '', tables.get(item.index))),
    symbols,
  };
}

const NO_RELOCS: readonly ElfReloc[] = /* @__PURE__ */ Object.freeze([]);

/** A section whose content and relocations become objects when they are first asked for. */
class ParsedSection implements ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly byteOff: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addrAlign: number;
  readonly entSize: number;
  readonly #file: ByteView;
  readonly #hasContent: boolean;
  readonly #tables: readonly RelocTable[] | undefined;
  #data: ByteView | undefined;
  #relocs: readonly ElfReloc[] | undefined;

  constructor(file: ByteView, header: SectionHeader, name: string, tables: readonly RelocTable[] | undefined) {
    this.index = header.index;
    this.name = name;
    this.type = header.type;
    this.flags = header.flags;
    this.addr = header.addr;
    this.byteOff = header.byteOff;
    this.size = header.size;
    this.link = header.link;
    this.info = header.info;
    this.addrAlign = header.addrAlign;
    this.entSize = header.entSize;
    this.#file = file;
    this.#hasContent = header.hasContent;
    this.#tables = tables;
  }

  get data(): ByteView {
    const what = this.name === '' ? `elf: section ${this.index}` : `elf: section ${this.name}`;
    this.#data ??= this.#hasContent ? this.#file.slice(this.byteOff, this.size, what) : this.#file.slice(0, 0, what);
    return this.#data;
  }

  get relocs(): readonly ElfReloc[] {
    this.#relocs ??= this.#tables === undefined ? NO_RELOCS : readRelocs(this.#file, this.#tables);
    return this.#relocs;
  }
}
