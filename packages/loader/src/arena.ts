// Which map holds the variables of address space 1?
import { DecodeError } from '@rootlet/bytes';
import { findSection } from '@rootlet/elf';
import type { ElfFile } from '@rootlet/elf';
import { BPF_MAP_TYPE_ARENA } from '@rootlet/uapi';
import type { MapSpec } from './spec.ts';

/** Section of variables that are declared with `__attribute__((address_space(1)))`. */
const ARENA_SECTION = '.addr_space.1';

/** Bytes that one entry of an arena stands for. */
export const ARENA_PAGE_BYTES = 4096;

/**
 * Gives the arena of an object the variables of `.addr_space.1` to begin with. Variables without an arena are left out, as
 * libbpf leaves them; only a program that uses them is in error.
 *
 * @param maps the maps of `.maps`
 * @throws DecodeError `ARENA` when there are several arenas, or the arena is too small
 */
export function fillArena(elf: ElfFile, maps: readonly MapSpec[]): MapSpec[] {
  const arenas = maps.filter((map) => map.type === BPF_MAP_TYPE_ARENA);
  const section = findSection(elf, ARENA_SECTION);
  const [arena, second] = arenas;
  if (second !== undefined) {
    throw new DecodeError('ARENA', `loader: map '${second.name}'`, 'an object has one arena', { have: `'${arena?.name ?? ''}' and '${second.name}'` });
  }
  if (section === undefined || section.size === 0 || arena === undefined) return [...maps];
  if (section.size > arena.maxEntries * ARENA_PAGE_BYTES) {
    throw new DecodeError('ARENA', `loader: section ${ARENA_SECTION}`, `larger than the arena '${arena.name}'`, {
      byteOff: section.byteOff,
      need: `at most ${arena.maxEntries} pages`,
      have: `${section.size} bytes`,
    });
  }
  return maps.map((map) => (map === arena ? { ...map, sectionIdx: section.index, initialValue: new Uint8Array(section.data.bytes) } : map));
}
