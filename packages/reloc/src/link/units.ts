// What goes into the static linker?
import type { Btf, BtfExt } from '@rootlet/btf';
import { parseBtf, parseBtfExt } from '@rootlet/btf';
import { EM_BPF, EM_NONE, ET_REL, findSection, parseElf } from '@rootlet/elf';
import type { ElfFile } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import { indexBtfNames } from '../names.ts';
import type { BtfNames } from '../names.ts';

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
  readonly ext: BtfExt | undefined;
  readonly names: BtfNames;
}

/**
 * Parses the inputs.
 *
 * @throws `LINK_INPUT` when there is none, one is no relocatable for BPF, or byte orders differ; DecodeError
 */
export function openUnits(inputs: readonly LinkInput[]): LinkUnit[] {
  const first = inputs[0];
  if (first === undefined) throw new RelocError('LINK_INPUT', 'link', 'no objects given');
  return inputs.map((input, index) => {
    const elf = parseElf(input.bytes);
    const what = `link: object '${input.name}'`;
    if (elf.type !== ET_REL) throw new RelocError('LINK_INPUT', what, 'not a relocatable object', { have: `e_type ${elf.type}` });
    if (elf.machine !== EM_BPF && elf.machine !== EM_NONE) {
      throw new RelocError('LINK_INPUT', what, 'not an object for BPF', { have: `e_machine ${elf.machine}` });
    }
    const btfSection = findSection(elf, '.BTF');
    const extSection = findSection(elf, '.BTF.ext');
    const btf = btfSection && parseBtf(btfSection.data.bytes, { byteOff: btfSection.byteOff });
    const ext = btf && extSection && parseBtfExt(extSection.data.bytes, { btf, byteOff: extSection.byteOff });
    return { index, name: input.name, elf, btf, ext, names: indexBtfNames(btf) };
  });
}

/** Throws unless all inputs have one byte order. @throws `LINK_INPUT` */
export function requireOneByteOrder(units: readonly LinkUnit[]): void {
  const order = (unit: LinkUnit): string => (unit.elf.littleEndian ? 'little-endian' : 'big-endian');
  const first = units[0] as LinkUnit;
  const other = units.find((unit) => unit.elf.littleEndian !== first.elf.littleEndian);
  if (other === undefined) return;
  throw new RelocError('LINK_INPUT', `link: object '${other.name}'`, `other byte order than '${first.name}'`, {
    need: order(first),
    have: order(other),
  });
}
