// What is in this ELF file?
import { ByteView } from '@rootlet/bytes';
import { ET_REL } from './constants.ts';
import { parseHeader } from './header.ts';
import { checkRelocs } from './relocs.ts';
import { parseSectionHeaders, rejectOverlaps } from './sections.ts';
import { NameReader, openStrings } from './strings.ts';
import { parseSymbols } from './symbols.ts';
import type { ElfFile } from './types.ts';

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
  const { sections, nameSectionIdx } = parseSectionHeaders(file, header);
  rejectOverlaps(sections);

  const names = nameSectionIdx === 0 ? undefined : new NameReader(openStrings(file, sections, nameSectionIdx, 'elf: section names'));
  if (names !== undefined) for (const section of sections) section.name = names.read(section.nameOff, 'section', section.index);
  const symbols = parseSymbols(file, sections, names, nameSectionIdx, header.type === ET_REL);
  if (header.type === ET_REL) checkRelocs(file, sections, symbols.length);

  return {
    bytes,
    littleEndian: header.littleEndian,
    type: header.type,
    machine: header.machine,
    flags: header.flags,
    sections,
    symbols,
  };
}
