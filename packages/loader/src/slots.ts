// Which maps or programs does a map definition put in its slots?
import { DecodeError } from '@rootlet/bytes';
import { SHF_EXECINSTR, SHN_UNDEF, STT_FUNC } from '@rootlet/elf';
import type { ElfFile, ElfReloc, ElfSection } from '@rootlet/elf';
import { BPF_MAP_TYPE_PROG_ARRAY } from '@rootlet/uapi';
import type { BtfMapDef } from './btf-maps.ts';
import type { MapSpec } from './spec.ts';

/** Bytes of a pointer in `values`. */
const SLOT_BYTES = 8;

/**
 * Reads the relocations of `.maps`: each puts the map or function it names in a slot of the map whose `values` it is in.
 *
 * @param defs definitions by ascending offset
 * @throws `MAP_SLOT` when a relocation is in no `values` array
 */
export function resolveSlots(elf: ElfFile, section: ElfSection, defs: readonly BtfMapDef[]): MapSpec[] {
  const slots = new Map<BtfMapDef, { index: number; symbol: string }[]>();
  for (const reloc of section.relocs) {
    const def = defs.findLast((candidate) => candidate.byteOff <= reloc.byteOff);
    const start = def?.valuesByteOff === undefined ? undefined : def.byteOff + def.valuesByteOff;
    const symbol = elf.symbols[reloc.symbolIdx]?.name ?? '';
    if (def === undefined || start === undefined || reloc.byteOff < start || (reloc.byteOff - start) % SLOT_BYTES !== 0) {
      throw new DecodeError('MAP_SLOT', `loader: section .maps: relocation of '${symbol}'`, 'not in the values of a map', {
        byteOff: section.byteOff + reloc.byteOff,
      });
    }
    checkSlot(elf, section, reloc, def.map);
    const list = slots.get(def) ?? [];
    list.push({ index: (reloc.byteOff - start) / SLOT_BYTES, symbol });
    slots.set(def, list);
  }
  return defs.map((def) => ({ ...def.map, slots: slots.get(def) ?? [] }));
}

/** A program array holds functions that are programs, any other map of slots holds maps. */
function checkSlot(elf: ElfFile, section: ElfSection, reloc: ElfReloc, map: MapSpec): void {
  const symbol = elf.symbols[reloc.symbolIdx];
  const place = symbol === undefined ? undefined : elf.sections[symbol.sectionIdx];
  const wantsProgram = map.type === BPF_MAP_TYPE_PROG_ARRAY;
  const fits = wantsProgram
    ? symbol?.type === STT_FUNC && ((place?.flags ?? 0) & SHF_EXECINSTR) !== 0 && place?.name !== '.text'
    : symbol?.sectionIdx === SHN_UNDEF || place?.name === section.name;
  if (fits) return;
  throw new DecodeError('MAP_SLOT', `loader: section .maps: map '${map.name}': relocation of '${symbol?.name ?? ''}'`, 'not what belongs in its slots', {
    byteOff: section.byteOff + reloc.byteOff,
    need: wantsProgram ? 'a program' : 'a map',
    have: place?.name ?? 'nothing',
  });
}
