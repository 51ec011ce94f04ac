// What are the bytes of the output?
import { bug } from '@rootlet/bytes';
import { ElfWriter, SHN_ABS, SHN_UNDEF, STB_LOCAL, STT_FILE, STT_NOTYPE, STT_SECTION } from '@rootlet/elf';
import type { ElfSymbol } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import type { OutContent, OutTarget } from './content.ts';
import { describe } from './describe.ts';
import type { LinkedGlobal } from './globals.ts';
import { isOwnSymbol } from './jump-tables.ts';
import type { LinkedTypes } from './merge-btf.ts';
import { mergeExt } from './merge-ext.ts';
import { placeByte } from './sections.ts';
import type { Layout, OutSection } from './sections.ts';
import type { LinkUnit } from './units.ts';

/**
 * Writes sections, types, symbols and relocations.
 *
 * @param contents of the layout's sections, in their order
 * @param types undefined when no unit has BTF
 * @throws `LINK_SYMBOL` when a global is defined in a section that is not linked
 */
export function writeObject(
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  contents: readonly OutContent[],
  types: LinkedTypes | undefined,
): Uint8Array<ArrayBuffer> {
  const { littleEndian, machine, flags } = (units[0] as LinkUnit).elf;
  const writer = new ElfWriter({ littleEndian, machine, flags });
  const indexOf = new Map<OutSection, number>();
  layout.sections.forEach((out, at) => {
    const { name, type, flags: sectionFlags, addrAlign, entSize, size } = out;
    const { data } = contents[at] as OutContent;
    const content = data === undefined ? { size } : { data };
    indexOf.set(out, writer.addSection({ name, type, flags: sectionFlags, addrAlign, entSize, ...content }));
  });
  if (types !== undefined) writeBtf(writer, units, layout, types, littleEndian);
  const symbolOf = writeSymbols(writer, units, layout, globals, contents, indexOf);
  layout.sections.forEach((out, at) => {
    for (const { byteOff, type, target } of (contents[at] as OutContent).relocs) {
      writer.addReloc(indexOf.get(out) as number, { byteOff, type, symbol: symbolOf(target) });
    }
  });
  return writer.finish();
}

function writeBtf(writer: ElfWriter, units: readonly LinkUnit[], layout: Layout, types: LinkedTypes, littleEndian: boolean): void {
  const { builder, typeId } = types;
  const hasExt = units.some((unit) => unit.records !== undefined);
  // It comes first: its strings stand in .BTF.
  const extBytes = hasExt ? mergeExt(units, layout, builder, typeId, littleEndian) : undefined;
  writer.addSection({ name: '.BTF', data: builder.encode(littleEndian), addrAlign: 8 });
  if (extBytes !== undefined) writer.addSection({ name: '.BTF.ext', data: extBytes, addrAlign: 8 });
}

/** Adds the symbols: of sections that relocations name, then each unit's local ones, then global ones. */
function writeSymbols(
  writer: ElfWriter,
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  contents: readonly OutContent[],
  indexOf: ReadonlyMap<OutSection, number>,
): (target: OutTarget) => number {
  const named = new Set<OutSection | ElfSymbol>();
  for (const { relocs } of contents) {
    for (const { target } of relocs) {
      if (target.kind === 'section') named.add(target.section);
      else if (target.kind === 'local') named.add(target.symbol);
    }
  }
  const ofSection = new Map<OutSection, number>();
  for (const [section, sectionIdx] of indexOf) {
    if (named.has(section)) ofSection.set(section, writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx }));
  }
  const ofLocal = new Map<ElfSymbol, number>();
  for (const unit of units) {
    for (const symbol of unit.elf.symbols) {
      const { name, size, type } = symbol;
      if (symbol.index === 0 || !isOwnSymbol(unit, symbol) || type === STT_SECTION) continue;
      if (type === STT_FILE) {
        writer.addSymbol({ name, type, sectionIdx: SHN_ABS });
        continue;
      }
      const part = layout.findPart(unit, symbol.sectionIdx);
      const value = part && placeByte(part, symbol.value);
      if (part === undefined || value === undefined) continue;
      const { visibility } = symbol;
      const sectionIdx = indexOf.get(part.out) as number;
      const number = writer.addSymbol({ name, value, size, type, binding: STB_LOCAL, visibility, sectionIdx });
      if (named.has(symbol)) ofLocal.set(symbol, number);
    }
  }
  const ofGlobal = new Map<string, number>();
  for (const global of globals.values()) ofGlobal.set(global.name, writeGlobal(writer, global, layout, indexOf));
  return (target) => {
    switch (target.kind) {
      case 'section':
        return ofSection.get(target.section) ?? bug(`no symbol of section ${target.section.name}`);
      case 'local':
        return ofLocal.get(target.symbol) ?? bug(`no local symbol ${target.symbol.name}`);
      case 'global':
        return ofGlobal.get(target.name) ?? bug(`no global symbol ${target.name}`);
    }
  };
}

function writeGlobal(writer: ElfWriter, global: LinkedGlobal, layout: Layout, indexOf: ReadonlyMap<OutSection, number>): number {
  const { name, binding, visibility, definition } = global;
  if (definition === undefined) return writer.addSymbol({ name, type: STT_NOTYPE, binding, visibility, sectionIdx: SHN_UNDEF });
  const { unit, symbol } = definition;
  const part = layout.findPart(unit, symbol.sectionIdx);
  const value = part && placeByte(part, symbol.value);
  if (part === undefined || value === undefined) throw lostDefinition(global);
  return writer.addSymbol({
    name,
    value,
    size: symbol.size,
    type: symbol.type,
    binding,
    visibility,
    sectionIdx: indexOf.get(part.out) as number,
  });
}

function lostDefinition(global: LinkedGlobal): RelocError {
  const where = global.definition === undefined ? '' : describe(global.definition);
  return new RelocError('LINK_SYMBOL', `link: symbol '${global.name}'`, 'defined in a section that is not linked', { have: where });
}
