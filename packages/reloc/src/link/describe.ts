// Where does a symbol stand, in words for errors?
import { parseElf, SHN_UNDEF, STB_WEAK, STT_FUNC } from '@rootlet/elf';
import type { ElfSymbol } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import { isCodeSection } from '../functions.ts';
import type { LinkUnit } from './units.ts';

/** A symbol of one unit. */
export interface UnitSymbol {
  readonly unit: LinkUnit;
  readonly symbol: ElfSymbol;
  /** FUNC or VAR in the unit's BTF; undefined when BTF has none. */
  readonly btfId: number | undefined;
  /** The DATASEC that lists it. */
  readonly declaredIn: string | undefined;
  /** Whether it is a function; undefined when neither symbol nor BTF tells. */
  readonly isFunc: boolean | undefined;
}

/**
 * Object, section, offset and, where line information tells it, source line: `function in section .text of 'a.o' at 0x18
 * (a.c:5)`, `extern in 'b.o' (used at b.c:7)`.
 */
export function describe(mention: UnitSymbol): string {
  const { unit, symbol } = mention;
  if (symbol.sectionIdx === SHN_UNDEF) {
    const line = findUse(mention);
    return `extern in '${unit.name}'${line === undefined ? '' : ` (used at ${line})`}`;
  }
  const name = sectionName(mention);
  const kind = symbol.type === STT_FUNC ? 'function' : 'variable';
  const line = symbol.type === STT_FUNC ? findLine(unit, name, symbol.value) : undefined;
  const weak = symbol.binding === STB_WEAK ? 'weak ' : '';
  return `${weak}${kind} in section ${name} of '${unit.name}' at 0x${symbol.value.toString(16)}${line === undefined ? '' : ` (${line})`}`;
}

/** Name of the section that a symbol is defined in; empty when there is none. */
export function sectionName({ unit, symbol }: UnitSymbol): string {
  // Of sections that are not linked nothing was kept.
  return (unit.sections[symbol.sectionIdx] ?? parseElf(unit.bytes).sections[symbol.sectionIdx])?.name ?? '';
}

/** Source line of the first instruction that names a symbol. */
function findUse({ unit, symbol }: UnitSymbol): string | undefined {
  for (const section of unit.linked) {
    if (!isCodeSection(section)) continue;
    const use = section.relocs.find((reloc) => reloc.symbolIdx === symbol.index);
    if (use !== undefined) return findLine(unit, section.name, use.byteOff);
  }
  return undefined;
}

/** `file.c:12` of the instruction at a byte offset of a section; undefined when nothing tells. */
export function findLine(unit: LinkUnit, section: string, byteOff: number): string | undefined {
  const { btf } = unit;
  const records = unit.records?.ext.lineInfo.find(({ sectionName: name }) => name === section)?.records;
  if (btf === undefined || records === undefined) return undefined;
  let found: (typeof records)[number] | undefined;
  for (const record of records) {
    const isCloser = record.insnIdx <= byteOff / INSN_BYTES && (found === undefined || record.insnIdx >= found.insnIdx);
    if (isCloser) found = record;
  }
  return found === undefined ? undefined : `${btf.string(found.fileNameOff).replace(/^.*\//, '')}:${found.line}`;
}
