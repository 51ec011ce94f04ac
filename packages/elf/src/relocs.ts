// Which places wait for which symbols?
import { type ByteView, DecodeError } from '@rootlet/bytes';
import { REL_SIZE, RELA_SIZE, SHT_NOBITS, SHT_REL, SHT_RELA, SHT_SYMTAB } from './constants.ts';
import { openTable, type SectionHeader } from './sections.ts';
import type { ElfReloc } from './types.ts';

/**
 * Reads all relocation tables of a relocatable.
 *
 * @param symbolCount how many symbols there are
 * @returns relocations by the number of the section that they apply to, in file order
 * @throws `ELF_RELOC` `VALUE_TOO_LARGE`
 */
export function parseRelocs(file: ByteView, headers: readonly SectionHeader[], symbolCount: number): Map<number, ElfReloc[]> {
  const relocs = new Map<number, ElfReloc[]>();
  for (const header of headers) {
    if (header.type !== SHT_REL && header.type !== SHT_RELA) continue;
    const what = `elf: relocations in section ${header.index}`;
    const { view, count } = openTable(file, header, header.type === SHT_RELA ? RELA_SIZE : REL_SIZE, 'ELF_RELOC', what);
    const target = getTarget(headers, header, what);
    const found = relocs.get(target.index) ?? [];
    relocs.set(target.index, found);
    for (let i = 0; i < count; i++) found.push(parseReloc(view, i, header.type === SHT_RELA, target, symbolCount, what));
  }
  return relocs;
}

/** The section that a table applies to. */
function getTarget(headers: readonly SectionHeader[], header: SectionHeader, what: string): SectionHeader {
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

function parseReloc(view: ByteView, i: number, withAddend: boolean, target: SectionHeader, symbolCount: number, what: string): ElfReloc {
  const off = i * (withAddend ? RELA_SIZE : REL_SIZE);
  const byteOff = view.size64(off, `relocation ${i}: r_offset`);
  // r_info is one 64-bit number: symbol above, type below.
  const type = view.u32(off + (view.littleEndian ? 8 : 12));
  const symbolIdx = view.u32(off + (view.littleEndian ? 12 : 8));
  const addend = withAddend ? Number(view.i64(off + 16)) : 0;
  if (byteOff >= target.memSize) {
    throw new DecodeError('ELF_RELOC', `${what}: relocation ${i}`, `place outside of section ${target.index}`, {
      byteOff: view.byteOff + off,
      need: `less than ${target.memSize}`,
      have: byteOff,
    });
  }
  if (symbolIdx >= symbolCount) {
    throw new DecodeError('ELF_RELOC', `${what}: relocation ${i}`, 'symbol out of range', {
      byteOff: view.byteOff + off + 8,
      need: `less than ${symbolCount}`,
      have: symbolIdx,
    });
  }
  return { byteOff, type, symbolIdx, addend };
}
