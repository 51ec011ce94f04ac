// Which names does the file define and need?
import { type ByteView, DecodeError, UnsupportedError } from '@rootlet/bytes';
import { SHN_LORESERVE, SHN_UNDEF, SHN_XINDEX, SHT_SYMTAB, SHT_SYMTAB_SHNDX, SYM_SIZE } from './constants.ts';
import type { SectionHeader } from './section.ts';
import { NameReader, openStrings } from './strings.ts';
import { openTable, word64 } from './table.ts';
import type { ElfSymbol } from './types.ts';

const WHAT = 'elf: symbol table';

/**
 * Reads the symbol table.
 *
 * @param sectionNames reads the table of section names, number `sectionNamesIdx`, which often is that of symbol names, too
 * @param relocatable whether values are offsets in sections, and thus can be checked
 * @returns all symbols, number 0 included; empty when there is no table
 * @throws `ELF_SYMTAB` `ELF_SYMBOL` `ELF_STRTAB` `ELF_NAMES` `STRING_UNTERMINATED`
 */
export function parseSymbols(
  file: ByteView,
  headers: readonly SectionHeader[],
  sectionNames: NameReader | undefined,
  sectionNamesIdx: number,
  relocatable: boolean,
): readonly ElfSymbol[] {
  let table: SectionHeader | undefined;
  let second: SectionHeader | undefined;
  for (const item of headers) {
    if (item.type !== SHT_SYMTAB) continue;
    if (table === undefined) table = item;
    else second ??= item;
  }
  if (table === undefined) return [];
  if (second !== undefined) {
    throw new DecodeError('ELF_SYMTAB', WHAT, 'more than one', { need: `only section ${table.index}`, have: `section ${second.index}` });
  }
  const { view, count } = openTable(file, table, SYM_SIZE, 'ELF_SYMTAB', WHAT);
  if (table.info > count) throw new DecodeError('ELF_SYMTAB', WHAT, 'more local symbols than symbols', { need: `at most ${count}`, have: table.info });
  const isShared = sectionNames !== undefined && table.link === sectionNamesIdx;
  const names = isShared ? sectionNames : new NameReader(openStrings(file, headers, table.link, 'elf: symbol names'));
  const extended = openExtendedIndices(file, headers, table.index, count);

  const { bytes, littleEndian } = view;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const symbols: ElfSymbol[] = [];
  for (let index = 0; index < count; index++) {
    const off = index * SYM_SIZE;
    const info = data.getUint8(off + 4);
    const symbol: ElfSymbol = {
      index,
      name: names.read(data.getUint32(off, littleEndian), 'symbol', index),
      value: word64(data, off + 8, littleEndian),
      size: word64(data, off + 16, littleEndian),
      type: info & 0xf,
      binding: info >>> 4,
      visibility: data.getUint8(off + 5) & 0x3,
      sectionIdx: readSectionIdx(view, data, extended, index),
    };
    checkPlace(symbol, headers, relocatable, view.byteOff + off);
    symbols.push(symbol);
  }
  return symbols;
}

/** `SHT_SYMTAB_SHNDX` of the table: section numbers that need more than 16 bits. */
function openExtendedIndices(file: ByteView, headers: readonly SectionHeader[], tableIdx: number, count: number): ByteView | undefined {
  const header = headers.find((item) => item.type === SHT_SYMTAB_SHNDX && item.link === tableIdx);
  if (header === undefined) return undefined;
  const what = 'elf: extended section indices';
  const table = openTable(file, header, 4, 'ELF_SYMTAB', what);
  if (table.count < count) throw new DecodeError('ELF_SYMTAB', what, 'fewer than symbols', { byteOff: header.byteOff, need: count, have: table.count });
  return table.view;
}

function readSectionIdx(view: ByteView, data: DataView, extended: ByteView | undefined, index: number): number {
  const short = data.getUint16(index * SYM_SIZE + 6, view.littleEndian);
  if (short !== SHN_XINDEX) return short;
  const what = `elf: symbol ${index}`;
  if (extended === undefined) throw new DecodeError('ELF_SYMBOL', what, 'no extended section index table', { byteOff: view.byteOff + index * SYM_SIZE + 6 });
  const long = extended.u32(index * 4);
  // Such a number could not be told from SHN_ABS and its like.
  if (long >= SHN_LORESERVE) throw new UnsupportedError('symbols in sections beyond 65279', { byteOff: extended.byteOff + index * 4, have: long });
  return long;
}

function checkPlace(symbol: ElfSymbol, headers: readonly SectionHeader[], relocatable: boolean, byteOff: number): void {
  if (symbol.sectionIdx === SHN_UNDEF || symbol.sectionIdx >= SHN_LORESERVE) return;
  const section = headers[symbol.sectionIdx];
  if (section !== undefined && !(relocatable && symbol.value + symbol.size > section.memSize)) return;
  const what = symbol.name === '' ? `elf: symbol ${symbol.index}` : `elf: symbol ${symbol.index} (${symbol.name})`;
  if (section === undefined) {
    throw new DecodeError('ELF_SYMBOL', what, 'section out of range', { byteOff: byteOff + 6, need: `less than ${headers.length}`, have: symbol.sectionIdx });
  }
  throw new DecodeError('ELF_SYMBOL', what, `outside of section ${section.index}`, {
    byteOff: byteOff + 8,
    need: `${symbol.size} bytes at 0x${symbol.value.toString(16)}`,
    have: `${section.memSize} bytes in the section`,
  });
}
