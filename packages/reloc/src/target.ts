// What does a relocation refer to?
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import { SHF_ALLOC, SHN_LORESERVE, SHN_UNDEF, STT_OBJECT } from '@rootlet/elf';
import type { RelocError } from './errors.ts';
import type { ExternTable } from './externs.ts';
import { isCodeSection } from './functions.ts';
import type { FuncRange } from './functions.ts';
import { JUMP_TABLES } from './jump-tables.ts';
import type { JumpTableReader } from './jump-tables.ts';
import { relocError } from './reloc-place.ts';
import type { RelocPlace } from './reloc-place.ts';
import type { CodeRelocTarget } from './types.ts';

/** What targets are looked up in. */
export interface TargetTables {
  readonly elf: ElfFile;
  readonly externs: ExternTable;
  /** Function index by symbol index. */
  readonly funcBySymbol: ReadonlyMap<number, number>;
  /** Function index by section index, then by first slot. */
  readonly funcByStart: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** Map name by section index of `.maps`, then by byte offset. */
  readonly mapByOff: ReadonlyMap<number, ReadonlyMap<number, string>>;
  readonly jumpTables: JumpTableReader;
}

/**
 * What the address `symbol + addend` is.
 *
 * @param addend bytes
 * @param range function that asks; undefined for data, which refers to no jump tables, but to labels
 * @throws `RELOC_SYMBOL` for absolute and common symbols; `RELOC_TARGET` when nothing that code may refer to stands there;
 *   `RELOC_JUMP_TABLE`
 */
export function findAddressTarget(tables: TargetTables, place: RelocPlace, addend: number, range?: FuncRange): CodeRelocTarget {
  const { symbol } = place;
  if (symbol.sectionIdx === SHN_UNDEF) {
    return { kind: 'externAddr', externIdx: getExtern(tables, place), addend };
  }
  const section = getTargetSection(tables, place);
  const byteOff = symbol.value + addend;
  if (isCodeSection(section)) {
    const named = addend === 0 ? tables.funcBySymbol.get(symbol.index) : undefined;
    const funcIdx = named ?? tables.funcByStart.get(section.index)?.get(byteOff / INSN_BYTES);
    if (funcIdx !== undefined) return { kind: 'funcAddr', funcIdx, guard: false };
    const isLabel = range === undefined && byteOff >= 0 && byteOff < section.size && byteOff % INSN_BYTES === 0;
    if (isLabel) return { kind: 'label', sectionIdx: section.index, insnIdx: byteOff / INSN_BYTES };
    throw noFunction(tables, place, section, byteOff);
  }
  if (section.name === '.maps') {
    const name =
      addend === 0 && symbol.type === STT_OBJECT ? symbol.name : tables.mapByOff.get(section.index)?.get(byteOff);
    if (name === undefined) {
      throw relocError('RELOC_TARGET', tables, place, 'no map begins there', { have: `.maps+${byteOff}` });
    }
    return { kind: 'map', name, byteOff };
  }
  if (section.name === JUMP_TABLES && range !== undefined) {
    return { kind: 'jumpTable', table: tables.jumpTables.read(tables, place, section, range, addend) };
  }
  if ((section.flags & SHF_ALLOC) === 0 || !(byteOff >= 0 && byteOff <= section.size)) {
    const problem = (section.flags & SHF_ALLOC) === 0 ? 'not data that is loaded' : 'reaches out of the section';
    throw relocError('RELOC_TARGET', tables, place, problem, {
      have: `${section.name}${byteOff < 0 ? '' : '+'}${byteOff}, a section of ${section.size} bytes`,
    });
  }
  return { kind: 'data', sectionIdx: section.index, addend: byteOff };
}

/**
 * What a call of `symbol` with immediate `imm` calls.
 *
 * @param imm slots, relative to the slot after the call, as if the call stood in slot -1 of the symbol
 * @throws `RELOC_SYMBOL`, `RELOC_CALL_TARGET`
 */
export function findCallTarget(tables: TargetTables, place: RelocPlace, imm: number): CodeRelocTarget {
  const { symbol } = place;
  if (symbol.sectionIdx === SHN_UNDEF) return { kind: 'externCall', externIdx: getExtern(tables, place) };
  const section = getTargetSection(tables, place);
  const byteOff = symbol.value + (imm + 1) * INSN_BYTES;
  const named = imm === -1 ? tables.funcBySymbol.get(symbol.index) : undefined;
  const funcIdx = named ?? tables.funcByStart.get(section.index)?.get(byteOff / INSN_BYTES);
  if (funcIdx === undefined) throw noFunction(tables, place, section, byteOff);
  return { kind: 'call', funcIdx };
}

function noFunction(tables: TargetTables, place: RelocPlace, section: ElfSection, byteOff: number): RelocError {
  const problem = isCodeSection(section) ? 'no function begins there' : 'not code';
  return relocError('RELOC_CALL_TARGET', tables, place, problem, {
    have: `${section.name}${byteOff < 0 ? '' : '+'}${byteOff}`,
  });
}

function getExtern(tables: TargetTables, place: RelocPlace): number {
  const externIdx = tables.externs.bySymbol.get(place.symbol.index);
  if (externIdx === undefined) throw relocError('RELOC_SYMBOL', tables, place, 'undefined symbol has no name');
  return externIdx;
}

function getTargetSection(tables: TargetTables, place: RelocPlace): ElfSection {
  const { symbol } = place;
  const section = symbol.sectionIdx < SHN_LORESERVE ? tables.elf.sections[symbol.sectionIdx] : undefined;
  if (section === undefined) {
    throw relocError('RELOC_SYMBOL', tables, place, 'symbol stands in no section', {
      have: `section index ${symbol.sectionIdx}`,
    });
  }
  return section;
}
