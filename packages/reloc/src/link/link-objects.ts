// How do several objects become one?
import { dedupBtf, encodeBtfExt } from '@rootlet/btf';
import { ElfWriter, SHN_ABS, SHN_UNDEF, STB_LOCAL, STT_FILE, STT_NOTYPE, STT_SECTION } from '@rootlet/elf';
import type { ElfSymbol } from '@rootlet/elf';
import { bug } from '@rootlet/bytes';
import { RelocError } from '../errors.ts';
import { requireCompatible } from './compat.ts';
import { buildContent } from './content.ts';
import type { OutContent, OutTarget } from './content.ts';
import { findCuts } from './cuts.ts';
import { describe, resolveGlobals } from './globals.ts';
import type { LinkedGlobal } from './globals.ts';
import { mergeBtf } from './merge-btf.ts';
import { mergeExt } from './merge-ext.ts';
import { layoutSections, placeByte } from './sections.ts';
import type { Layout, OutSection } from './sections.ts';
import { openUnits, requireOneByteOrder } from './units.ts';
import type { LinkInput, LinkUnit } from './units.ts';

/** How to link. */
export interface LinkOptions {
  /**
   * Marks functions that one object defines and another calls as `STV_PROTECTED`: such a function is bound within the
   * object and verified at each call ({@link isVerifiedPerCall}), as a static function is, and stays exported. For loading
   * what was linked; an object that is written to a file should say what its sources say.
   */
  readonly hideResolved?: boolean;
}

/**
 * Links objects statically, as `bpftool gen object` does, into one relocatable.
 *
 * Same-named sections are concatenated; `license` and `version` must be the same everywhere and appear once; debug
 * information other than BTF is dropped. One strong definition beats weak ones in any order, among weak ones the first
 * wins, and the code of beaten functions is left out. What nothing defines stays extern. Types are merged, each global
 * has one FUNC or VAR with the definition's linkage and argument names. The same inputs give the same bytes, and linking
 * the result alone gives the result.
 *
 * @param inputs objects of one byte order, in order of precedence among weak definitions
 * @throws RelocError `LINK_INPUT`, `LINK_SECTION`, `LINK_LICENSE`, `LINK_SYMBOL`, `LINK_DUPLICATE`, `LINK_KIND`,
 *   `LINK_PROTOTYPE`, `LINK_VARIABLE`, `LINK_MAP`, `LINK_EXTERN_SECTION`, `LINK_RELOC`; DecodeError
 * @libbpf bpf_linker__add_file, bpf_linker__finalize
 */
export function linkObjects(inputs: readonly LinkInput[], options: LinkOptions = {}): Uint8Array<ArrayBuffer> {
  const units = openUnits(inputs);
  requireOneByteOrder(units);
  const globals = resolveGlobals(units, options.hideResolved ?? false);
  const layout = layoutSections(units, findCuts(globals));
  requireCompatible(globals.values());
  const contents = layout.sections.map((out) => buildContent(out, layout, globals));
  return writeObject(units, layout, globals, contents);
}

function writeObject(
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  contents: readonly OutContent[],
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
  writeBtf(writer, units, layout, globals, littleEndian);
  const symbolOf = writeSymbols(writer, units, layout, globals, contents, indexOf);
  layout.sections.forEach((out, at) => {
    for (const { byteOff, type, target } of (contents[at] as OutContent).relocs) {
      writer.addReloc(indexOf.get(out) as number, { byteOff, type, symbol: symbolOf(target) });
    }
  });
  return writer.finish();
}

function writeBtf(
  writer: ElfWriter,
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  littleEndian: boolean,
): void {
  const merged = mergeBtf(units, layout, globals);
  if (merged === undefined) return;
  const hasExt = units.some((unit) => unit.ext !== undefined);
  const mergedExt = hasExt ? mergeExt(units, layout, merged) : undefined;
  const { builder, ext } = dedupBtf(merged.builder.build(littleEndian), mergedExt);
  const extBytes = ext && encodeBtfExt(ext, { littleEndian, addString: (text) => builder.addString(text) });
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
  const named = new Set(contents.flatMap(({ relocs }) => relocs.flatMap(({ target }) => (target.kind === 'section' ? [target.section] : []))));
  const ofSection = new Map<OutSection, number>();
  for (const [section, sectionIdx] of indexOf) {
    if (named.has(section)) ofSection.set(section, writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx }));
  }
  const ofLocal = new Map<ElfSymbol, number>();
  for (const unit of units) {
    for (const symbol of unit.elf.symbols) {
      const { name, size, type, binding } = symbol;
      if (symbol.index === 0 || binding !== STB_LOCAL || type === STT_SECTION) continue;
      if (type === STT_FILE) {
        writer.addSymbol({ name, type, sectionIdx: SHN_ABS });
        continue;
      }
      const part = layout.findPart(unit, symbol.sectionIdx);
      const value = part && placeByte(part, symbol.value);
      if (part === undefined || value === undefined) continue;
      const { visibility } = symbol;
      const sectionIdx = indexOf.get(part.out) as number;
      ofLocal.set(symbol, writer.addSymbol({ name, value, size, type, binding, visibility, sectionIdx }));
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
