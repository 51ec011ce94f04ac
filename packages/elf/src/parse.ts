// What is in this ELF file?
import { ByteView } from '@rootlet/bytes';
import { ET_REL } from './constants.ts';
import { parseHeader } from './header.ts';
import { parseRelocs } from './relocs.ts';
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
  const sectionNames = headers.map((item) => names?.read(item.nameOff, `elf: section ${item.index}`) ?? '');
  const symbols = parseSymbols(file, headers, header.type === ET_REL);
  const relocs = header.type === ET_REL ? parseRelocs(file, headers, symbols.length) : new Map<number, ElfReloc[]>();

  return {
    bytes,
    littleEndian: header.littleEndian,
    type: header.type,
    machine: header.machine,
    flags: header.flags,
    sections: headers.map((item) => toSection(file, item, sectionNames[item.index] ?? '', relocs.get(item.index) ?? [])),
    symbols,
  };
}

function toSection(file: ByteView, header: SectionHeader, name: string, relocs: readonly ElfReloc[]): ElfSection {
  const what = name === '' ? `elf: section ${header.index}` : `elf: section ${name}`;
  return {
    index: header.index,
    name,
    type: header.type,
    flags: header.flags,
    addr: header.addr,
    byteOff: header.byteOff,
    size: header.size,
    link: header.link,
    info: header.info,
    addrAlign: header.addrAlign,
    entSize: header.entSize,
    data: header.hasContent ? file.slice(header.byteOff, header.size, what) : file.slice(0, 0, what),
    relocs,
  };
}
