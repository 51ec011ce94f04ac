// What are the bytes of the output?
import { bug } from '@rootlet/bytes';
import { ElfWriter, SHN_ABS, SHN_UNDEF, STB_LOCAL, STT_FILE, STT_NOTYPE, STT_SECTION } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import type { OutContent, OutContents, OutTargets } from './content.ts';
import { describe } from './describe.ts';
import type { LinkedGlobal } from './globals.ts';
import { isOwnSymbol } from './jump-tables.ts';
import type { LinkedTypes } from './merge-btf.ts';
import { mergeExt } from './merge-ext.ts';
import { placeByte } from './sections.ts';
import type { Layout, OutSection } from './sections.ts';
import type { LinkUnit } from './units.ts';

/**
 * Writes sections, types, symbols and relocations. A section of which nothing is left is not written.
 *
 * @param types undefined when no unit has BTF
 * @throws `LINK_SYMBOL` when a global is defined in a section that is not linked
 */
export function writeObject(
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  contents: OutContents,
  types: LinkedTypes | undefined,
): Uint8Array<ArrayBuffer> {
  const { littleEndian, machine, flags } = units[0] as LinkUnit;
  const writer = new ElfWriter({ littleEndian, machine, flags });
  const { targets } = contents;
  const inUse = layout.sections.some(({ size }) => size === 0) ? findInUse(units, layout, globals) : new Set<OutSection>();
  const indexOf = new Map<OutSection, number>();
  layout.sections.forEach((out, at) => {
    // All of it may have been bodies that another definition beat.
    if (out.size === 0 && targets.find(out) === undefined && !inUse.has(out)) return;
    const { name, type, flags: sectionFlags, addrAlign, entSize, size } = out;
    const { data } = contents.sections[at] as OutContent;
    const content = data === undefined ? { size } : { data };
    indexOf.set(out, writer.addSection({ name, type, flags: sectionFlags, addrAlign, entSize, ...content }));
  });
  if (types !== undefined) writeBtf(writer, units, layout, types, littleEndian);
  const symbols = writeSymbols(writer, units, layout, globals, targets, indexOf);
  layout.sections.forEach((out, at) => {
    const { relocs } = contents.sections[at] as OutContent;
    const sectionIdx = indexOf.get(out) as number;
    relocs.targets.forEach((target, i) => {
      const symbol = symbols[target] ?? bug('relocation without a symbol');
      writer.addReloc(sectionIdx, { byteOff: relocs.byteOffs[i] as number, type: relocs.types[i] as number, symbol });
    });
  });
  return writer.finish();
}

/** Sections in which a symbol of the output stands. */
function findInUse(units: readonly LinkUnit[], layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>): Set<OutSection> {
  const inUse = new Set<OutSection>();
  for (const unit of units) {
    for (const symbol of unit.symbols) {
      const part = symbol.type === STT_SECTION ? undefined : layout.findPart(unit, symbol.sectionIdx);
      if (part === undefined || placeByte(part, symbol.value) === undefined) continue;
      if (isOwnSymbol(unit, symbol) || globals.get(symbol.name)?.definition?.symbol === symbol) inUse.add(part.out);
    }
  }
  return inUse;
}

function writeBtf(writer: ElfWriter, units: readonly LinkUnit[], layout: Layout, types: LinkedTypes, littleEndian: boolean): void {
  const { builder, typeId } = types;
  const hasExt = units.some((unit) => unit.records !== undefined);
  // It comes first: its strings stand in .BTF.
  const extBytes = hasExt ? mergeExt(units, layout, builder, typeId, littleEndian) : undefined;
  writer.addSection({ name: '.BTF', data: builder.encode(littleEndian), addrAlign: 8 });
  if (extBytes !== undefined) writer.addSection({ name: '.BTF.ext', data: extBytes, addrAlign: 8 });
}

/**
 * Adds the symbols: of sections that relocations name, then each unit's local ones, then global ones.
 *
 * @returns their numbers, by number of what relocations name
 */
function writeSymbols(
  writer: ElfWriter,
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  targets: OutTargets,
  indexOf: ReadonlyMap<OutSection, number>,
): readonly number[] {
  const numbers: number[] = [];
  for (const [section, sectionIdx] of indexOf) {
    const target = targets.find(section);
    if (target !== undefined) numbers[target] = writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx });
  }
  for (const unit of units) {
    for (const symbol of unit.symbols) {
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
      const target = targets.find(symbol);
      if (target !== undefined) numbers[target] = number;
    }
  }
  for (const global of globals.values()) {
    const number = writeGlobal(writer, global, layout, indexOf);
    const target = targets.find(global);
    if (target !== undefined) numbers[target] = number;
  }
  return numbers;
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
