// What does a relocation refer to?
import { UnsupportedError } from '@rootlet/bytes';
import type { ElfFile, ElfReloc, ElfSection, ElfSymbol } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import { SHF_ALLOC, SHN_LORESERVE, SHN_UNDEF, STT_OBJECT } from '@rootlet/elf';
import { relocTypeName } from './reloc-names.ts';
import { RelocError } from './errors.ts';
import type { ExternTable } from './externs.ts';
import { isCodeSection } from './functions.ts';
import type { CodeRelocTarget } from './types.ts';

/** Where newer compilers put the places that an indirect jump may go to. Kernels take them as maps of instructions. */
const JUMP_TABLES = '.jumptables';

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
}

/** One relocation and its place, for errors. */
export interface RelocPlace {
  readonly section: ElfSection;
  readonly reloc: ElfReloc;
  readonly symbol: ElfSymbol;
}

/** `reloc: section xdp: R_BPF_64_32 of symbol foo`. */
export function whatReloc(place: RelocPlace, elf: ElfFile): string {
  const name = place.symbol.name === '' ? (elf.sections[place.symbol.sectionIdx]?.name ?? '') : place.symbol.name;
  const label = name === '' ? `symbol ${place.symbol.index}` : `symbol ${name}`;
  return `reloc: section ${place.section.name}: ${relocTypeName(place.reloc.type)} of ${label}`;
}

/** An error at a relocation. */
export function relocError(
  code: string,
  tables: TargetTables,
  place: RelocPlace,
  problem: string,
  detail: { readonly need?: string; readonly have?: string } = {},
): RelocError {
  return new RelocError(code, whatReloc(place, tables.elf), problem, {
    ...detail,
    byteOff: place.section.byteOff + place.reloc.byteOff,
  });
}

/** The symbol of a relocation. @throws `RELOC_SYMBOL` when there is none */
export function getRelocSymbol(elf: ElfFile, section: ElfSection, reloc: ElfReloc): ElfSymbol {
  const symbol = elf.symbols[reloc.symbolIdx];
  if (symbol === undefined || symbol.index === 0) {
    const what = `reloc: section ${section.name}: ${relocTypeName(reloc.type)}`;
    throw new RelocError('RELOC_SYMBOL', what, 'no such symbol', {
      need: `index 1 to ${elf.symbols.length - 1}`,
      have: reloc.symbolIdx,
      byteOff: section.byteOff + reloc.byteOff,
    });
  }
  return symbol;
}

/**
 * What the address `symbol + addend` is.
 *
 * @param addend bytes
 * @throws `RELOC_SYMBOL` for absolute and common symbols; `RELOC_TARGET` when nothing that code may refer to stands there;
 *   UnsupportedError for jump tables
 */
export function findAddressTarget(tables: TargetTables, place: RelocPlace, addend: number): CodeRelocTarget {
  const { symbol } = place;
  if (symbol.sectionIdx === SHN_UNDEF) {
    return { kind: 'externAddr', externIdx: getExtern(tables, place), addend };
  }
  const section = getTargetSection(tables, place);
  const byteOff = symbol.value + addend;
  if (isCodeSection(section)) {
    const named = addend === 0 ? tables.funcBySymbol.get(symbol.index) : undefined;
    const funcIdx = named ?? tables.funcByStart.get(section.index)?.get(byteOff / INSN_BYTES);
    if (funcIdx === undefined) throw noFunction(tables, place, section, byteOff);
    return { kind: 'funcAddr', funcIdx, guard: false };
  }
  if (section.name === '.maps') {
    const name =
      addend === 0 && symbol.type === STT_OBJECT ? symbol.name : tables.mapByOff.get(section.index)?.get(byteOff);
    if (name === undefined) {
      throw relocError('RELOC_TARGET', tables, place, 'no map begins there', { have: `.maps+${byteOff}` });
    }
    return { kind: 'map', name, byteOff };
  }
  if (section.name === JUMP_TABLES) {
    throw new UnsupportedError(`${whatReloc(place, tables.elf)}: indirect jumps through ${JUMP_TABLES}`, { byteOff: place.section.byteOff + place.reloc.byteOff });
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
