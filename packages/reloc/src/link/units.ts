// What goes into the static linker?
import type { Btf } from '@rootlet/btf';
import { parseBtf } from '@rootlet/btf';
import { EM_BPF, EM_NONE, ET_REL, parseElf, SHT_REL } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
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

/** A parsed input. */
export interface LinkUnit {
  readonly index: number;
  readonly name: string;
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
  /** `.BTF.ext`. */
  readonly records: ExtRecords | undefined;
  readonly names: BtfNames;
  /** The first section of each name, but for debug information and relocations. */
  readonly sectionByName: ReadonlyMap<string, ElfSection>;
  /** Index of `.jumptables`; -1 without. */
  readonly jumpTablesIdx: number;
}

/**
 * Parses an input.
 *
 * @param index number of objects before it
 * @throws `LINK_INPUT` when it is no relocatable for BPF; DecodeError
 */
export function openUnit(input: LinkInput, index: number): LinkUnit {
  const elf = parseElf(input.bytes);
  const what = `link: object '${input.name}'`;
  if (elf.type !== ET_REL) throw new RelocError('LINK_INPUT', what, 'not a relocatable object', { have: `e_type ${elf.type}` });
  if (elf.machine !== EM_BPF && elf.machine !== EM_NONE) {
    throw new RelocError('LINK_INPUT', what, 'not an object for BPF', { have: `e_machine ${elf.machine}` });
  }
  const sectionByName = new Map<string, ElfSection>();
  for (const section of elf.sections) {
    const { name } = section;
    // Half of an object's sections are debug information and its relocations, which nobody asks for.
    if (!name.startsWith('.debug_') && section.type !== SHT_REL && !sectionByName.has(name)) sectionByName.set(name, section);
  }
  const btfSection = sectionByName.get('.BTF');
  const extSection = sectionByName.get('.BTF.ext');
  const btf = btfSection && parseBtf(btfSection.data.bytes, { byteOff: btfSection.byteOff });
  const records = btf && extSection && new ExtRecords(extSection, btf);
  const jumpTablesIdx = sectionByName.get(JUMP_TABLES)?.index ?? -1;
  return { index, name: input.name, elf, btf, records, names: indexBtfNames(btf), sectionByName, jumpTablesIdx };
}

/** Throws unless two inputs have one byte order. @throws `LINK_INPUT` */
export function requireOneByteOrder(first: LinkUnit, other: LinkUnit): void {
  if (other.elf.littleEndian === first.elf.littleEndian) return;
  const order = (unit: LinkUnit): string => (unit.elf.littleEndian ? 'little-endian' : 'big-endian');
  throw new RelocError('LINK_INPUT', `link: object '${other.name}'`, `other byte order than '${first.name}'`, {
    need: order(first),
    have: order(other),
  });
}
