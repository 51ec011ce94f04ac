// What are the bytes of this parsed, perhaps changed, file?
import { DecodeError } from '@rootlet/bytes';
import { SHN_LORESERVE, SHT_LLVM_ADDRSIG, SHT_NULL, SHT_REL, SHT_RELA, SHT_STRTAB, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from './constants.ts';
import type { ElfFile } from './types.ts';
import { ElfWriter } from './writer.ts';

/** The part of {@link ElfFile} that is written; the rest follows from it. */
export type ElfModel = Pick<ElfFile, 'littleEndian' | 'type' | 'machine' | 'flags' | 'sections' | 'symbols'>;

/** Sections that {@link ElfWriter} makes anew, and those whose content counts symbols. */
const REWRITTEN: readonly number[] = [SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_REL, SHT_RELA, SHT_SYMTAB_SHNDX, SHT_LLVM_ADDRSIG];

/**
 * Writes a relocatable from a model such as `parseElf` returns. Symbol, string and relocation tables are built from the
 * model's symbols and relocations; `.llvm_addrsig`, which numbers symbols, is dropped. A symbol in a dropped section is
 * dropped.
 *
 * Section groups (`SHT_GROUP`, never in BPF objects) keep their content and thus the old section numbers.
 *
 * @throws `ELF_RELOC` when a relocation needs a symbol of a table that is built anew; `UNSUPPORTED` beyond 65,279 sections
 */
export function encodeElf(model: ElfModel): Uint8Array<ArrayBuffer> {
  const writer = new ElfWriter({ littleEndian: model.littleEndian, type: model.type, machine: model.machine, flags: model.flags });
  const kept = model.sections.filter((section) => !REWRITTEN.includes(section.type));
  const newIdx = new Map<number, number>(kept.map((section, position) => [section.index, position + 1]));
  for (const section of kept) {
    writer.addSection({
      name: section.name,
      type: section.type,
      flags: section.flags,
      data: section.data.bytes,
      size: section.size,
      link: newIdx.get(section.link) ?? 0,
      info: section.info,
      addrAlign: section.addrAlign,
      entSize: section.entSize,
    });
  }
  const handles = addSymbols(writer, model, newIdx);
  for (const section of kept) {
    for (const reloc of section.relocs) {
      const symbol = handles.get(reloc.symbolIdx);
      if (symbol === undefined) {
        throw new DecodeError('ELF_RELOC', `elf: relocations of ${section.name}`, 'symbol of a table that is built anew', {
          byteOff: section.byteOff + reloc.byteOff,
          have: `symbol ${reloc.symbolIdx}`,
        });
      }
      writer.addReloc(newIdx.get(section.index) ?? 0, { byteOff: reloc.byteOff, type: reloc.type, symbol, addend: reloc.addend });
    }
  }
  return writer.finish();
}

/** @returns the writer's number by the model's number */
function addSymbols(writer: ElfWriter, model: ElfModel, newIdx: ReadonlyMap<number, number>): Map<number, number> {
  const handles = new Map<number, number>([[0, 0]]);
  for (const symbol of model.symbols) {
    if (symbol.index === 0) continue;
    const ordinary = symbol.sectionIdx !== 0 && symbol.sectionIdx < SHN_LORESERVE;
    const sectionIdx = ordinary ? newIdx.get(symbol.sectionIdx) : symbol.sectionIdx;
    if (sectionIdx !== undefined) handles.set(symbol.index, writer.addSymbol({ ...symbol, sectionIdx }));
  }
  return handles;
}
