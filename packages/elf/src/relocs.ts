// Which places wait for which symbols?
import { type ByteView, DecodeError } from '@rootlet/bytes';
import { REL_SIZE, RELA_SIZE, SHT_NOBITS, SHT_REL, SHT_RELA, SHT_SYMTAB } from './constants.ts';
import type { ParsedSection, SectionHeader } from './section.ts';
import { countRecords, word64 } from './table.ts';
import type { ElfReloc } from './types.ts';

/**
 * Checks all relocation tables of a relocatable. The records become objects in {@link readRelocs} only: most of an object's
 * relocations are those of its debug information, which nobody asks for.
 *
 * @param sections each gets the tables that apply to it, in file order
 * @param symbolCount how many symbols there are
 * @throws `ELF_RELOC` `VALUE_TOO_LARGE`
 */
export function checkRelocs(file: ByteView, sections: readonly ParsedSection[], symbolCount: number): void {
  const data = dataOf(file);
  for (const header of sections) {
    if (header.type !== SHT_REL && header.type !== SHT_RELA) continue;
    const withAddend = header.type === SHT_RELA;
    const what = `elf: relocations in section ${header.index}`;
    const count = countRecords(header, withAddend ? RELA_SIZE : REL_SIZE, 'ELF_RELOC', what);
    const target = getTarget(sections, header, what);
    checkTable(file, data, header, count, target, symbolCount, what);
    if (target.table === undefined) target.table = header;
    else (target.moreTables ??= []).push(header);
  }
}

function dataOf({ bytes }: ByteView): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The section that a table applies to. */
function getTarget(headers: readonly ParsedSection[], header: SectionHeader, what: string): ParsedSection {
  if (headers[header.link]?.type !== SHT_SYMTAB) {
    throw new DecodeError('ELF_RELOC', what, 'sh_link is not the symbol table', { have: header.link });
  }
  const target = headers[header.info];
  if (target === undefined || header.info === 0) {
    throw new DecodeError('ELF_RELOC', what, 'target section out of range', { need: `1 to ${headers.length - 1}`, have: header.info });
  }
  if (target.type === SHT_NOBITS && header.size > 0) throw new DecodeError('ELF_RELOC', what, `section ${target.index} has no bytes to relocate`);
  return target;
}

function checkTable(file: ByteView, data: DataView, table: SectionHeader, count: number, target: SectionHeader, symbolCount: number, what: string): void {
  const { littleEndian } = file;
  const step = table.entSize;
  const high = littleEndian ? 4 : 0;
  for (let i = 0, off = table.byteOff; i < count; i++, off += step) {
    const byteOff = word64(data, off, littleEndian);
    const symbolIdx = data.getUint32(off + 8 + high, littleEndian);
    if (byteOff >= target.memSize) {
      throw new DecodeError('ELF_RELOC', `${what}: relocation ${i}`, `place outside of section ${target.index}`, {
        byteOff: file.byteOff + off,
        need: `less than ${target.memSize}`,
        have: file.size64(off, `relocation ${i}: r_offset`),
      });
    }
    if (symbolIdx >= symbolCount) {
      throw new DecodeError('ELF_RELOC', `${what}: relocation ${i}`, 'symbol out of range', {
        byteOff: file.byteOff + off + 8,
        need: `less than ${symbolCount}`,
        have: symbolIdx,
      });
    }
  }
}

/** The records of checked tables. */
export function readRelocs(file: ByteView, tables: readonly SectionHeader[]): ElfReloc[] {
  const relocs: ElfReloc[] = [];
  const data = dataOf(file);
  const { littleEndian } = file;
  const low = littleEndian ? 0 : 4;
  const high = 4 - low;
  for (const { type, byteOff, size, entSize } of tables) {
    for (let off = byteOff; off < byteOff + size; off += entSize) {
      relocs.push({
        byteOff: word64(data, off, littleEndian),
        // r_info is one 64-bit number: symbol above, type below.
        type: data.getUint32(off + 8 + low, littleEndian),
        symbolIdx: data.getUint32(off + 8 + high, littleEndian),
        addend: type === SHT_RELA ? Number(data.getBigInt64(off + 16, littleEndian)) : 0,
      });
    }
  }
  return relocs;
}
