// What goes into the static linker?
import type { Btf } from '@rootlet/btf';
import { parseBtf } from '@rootlet/btf';
import { EM_BPF, EM_NONE, ET_REL, parseElf, SHT_NOBITS, SHT_NULL, SHT_PROGBITS, STT_SECTION } from '@rootlet/elf';
import type { ElfFile, ElfSection, ElfSymbol } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import { JUMP_TABLES } from '../jump-tables.ts';
import { indexBtfNames } from '../names.ts';
import type { BtfNames } from '../names.ts';
import { ExtRecords } from './ext-records.ts';

/** An object to be linked. */
export interface LinkInput {
  /** Name for messages. */
  readonly name: string;
  /** A relocatable for BPF; all inputs of one byte order. */
  readonly bytes: Uint8Array;
}

/** What is kept of a parsed input until all are there: little, since there may be thousands. */
export interface LinkUnit {
  readonly index: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly machine: number;
  /** `e_flags`. */
  readonly flags: number;
  readonly symbols: readonly ElfSymbol[];
  /** The sections that are linked, in file order. */
  readonly linked: readonly ElfSection[];
  /** The same by index; undefined for the others. */
  readonly sections: readonly (ElfSection | undefined)[];
  /** The first of each name. */
  readonly sectionByName: ReadonlyMap<string, ElfSection>;
  readonly btf: Btf | undefined;
  /** `.BTF.ext`. */
  readonly records: ExtRecords | undefined;
  readonly names: Pick<BtfNames, 'shared' | 'datasecs' | 'hasTags'>;
  /** Index of `.jumptables`; -1 without. */
  readonly jumpTablesIdx: number;
}

/**
 * Parses an input.
 *
 * @param index number of objects before it
 * @returns what is kept of it, and which BTF ids its symbols have
 * @throws `LINK_INPUT` when it is no relocatable for BPF; DecodeError
 */
export function openUnit(input: LinkInput, index: number): { readonly unit: LinkUnit; readonly names: BtfNames } {
  const elf = parseElf(input.bytes);
  const what = `link: object '${input.name}'`;
  if (elf.type !== ET_REL) throw new RelocError('LINK_INPUT', what, 'not a relocatable object', { have: `e_type ${elf.type}` });
  if (elf.machine !== EM_BPF && elf.machine !== EM_NONE) {
    throw new RelocError('LINK_INPUT', what, 'not an object for BPF', { have: `e_machine ${elf.machine}` });
  }
  const isNamed = findNamed(elf);
  const linked: ElfSection[] = [];
  const sections = new Array<ElfSection | undefined>(elf.sections.length).fill(undefined);
  const sectionByName = new Map<string, ElfSection>();
  let btfSection: ElfSection | undefined;
  let extSection: ElfSection | undefined;
  for (const section of elf.sections) {
    const { name } = section;
    if (section.type === SHT_PROGBITS && name === '.BTF') btfSection ??= section;
    if (section.type === SHT_PROGBITS && name === '.BTF.ext') extSection ??= section;
    if (!isLinked(section, isNamed)) continue;
    linked.push(section);
    sections[section.index] = section;
    if (!sectionByName.has(name)) sectionByName.set(name, section);
  }
  const btf = btfSection && parseBtf(btfSection.data.bytes, { byteOff: btfSection.byteOff });
  const records = btf && extSection && new ExtRecords(extSection, btf);
  const names = indexBtfNames(btf);
  const { shared, datasecs, hasTags } = names;
  const { bytes, littleEndian, machine, flags, symbols } = elf;
  const unit: LinkUnit = {
    index, name: input.name, bytes, littleEndian, machine, flags, symbols, linked, sections, sectionByName, btf, records,
    names: { shared, datasecs, hasTags },
    jumpTablesIdx: sectionByName.get(JUMP_TABLES)?.index ?? -1,
  };
  return { unit, names };
}

/** What is about the compilation, not the program; `.BTF` is built anew. */
function isDropped(section: ElfSection): boolean {
  if (section.type === SHT_NULL || (section.type !== SHT_PROGBITS && section.type !== SHT_NOBITS)) return true;
  return /^\.(debug_|BTF($|\.)|llvm_|comment$|note\.|eh_frame)/.test(section.name);
}

/** Whether an input section has a part in the output. Clang writes an empty .text into every object. */
function isLinked(section: ElfSection, isNamed: Uint8Array): boolean {
  return (section.size > 0 || isNamed[section.index] === 1) && !isDropped(section);
}

/** Sections that hold a symbol other than their own: 1 by index. */
function findNamed({ sections, symbols }: ElfFile): Uint8Array {
  const named = new Uint8Array(sections.length);
  for (const { type, sectionIdx } of symbols) if (type !== STT_SECTION && sectionIdx < named.length) named[sectionIdx] = 1;
  return named;
}

/** Throws unless two inputs have one byte order. @throws `LINK_INPUT` */
export function requireOneByteOrder(first: LinkUnit, other: LinkUnit): void {
  if (other.littleEndian === first.littleEndian) return;
  const order = (unit: LinkUnit): string => (unit.littleEndian ? 'little-endian' : 'big-endian');
  throw new RelocError('LINK_INPUT', `link: object '${other.name}'`, `other byte order than '${first.name}'`, {
    need: order(first),
    have: order(other),
  });
}
