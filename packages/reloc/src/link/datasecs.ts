// Where do the variables of the output stand, as BTF tells it?
import { BTF_FUNC_EXTERN, BTF_KIND_FUNC, BTF_VAR_GLOBAL_EXTERN, BTF_VAR_STATIC } from '@rootlet/btf';
import type { Btf, BtfBuilder, BtfVarSecinfo } from '@rootlet/btf';
import { RECORD_WORDS, SECINFO_WORDS } from '../names.ts';
import type { LinkedGlobal } from './globals.ts';
import { placeByte } from './sections.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** Entries of one data section of the output, by variable. */
type Entries = Map<number, BtfVarSecinfo>;

/**
 * Puts the DATASECs together: each variable once, where its symbol went, in order of places. Sections of the output come
 * first, in their order, then those that only BTF knows (`.ksyms`, `.kconfig`).
 *
 * @param ids new id by id, for each unit by its index
 * @param isKept whether a unit's record is in the output itself, not one that stands for it
 */
export function addDatasecs(
  builder: BtfBuilder,
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  ids: readonly Uint32Array[],
  isKept: (unit: LinkUnit, id: number) => boolean,
): void {
  const byName = new Map<string, Entries>();
  for (const section of layout.sections) byName.set(section.name, new Map());
  for (const unit of units) {
    if (unit.btf !== undefined) for (const id of unit.names.datasecs) addEntries(unit, unit.btf, id, byName, layout, globals, ids[unit.index] as Uint32Array, isKept);
  }
  const sizes = new Map(layout.sections.map((section) => [section.name, section.size]));
  for (const [name, entries] of byName) {
    const sorted = [...entries.values()].sort((a, b) => a.byteOff - b.byteOff || a.type - b.type);
    if (sorted.length > 0) builder.addDatasec(name, sizes.get(name) ?? 0, sorted);
  }
}

function addEntries(
  unit: LinkUnit,
  btf: Btf,
  datasecId: number,
  byName: Map<string, Entries>,
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  ids: Uint32Array,
  isKept: (unit: LinkUnit, id: number) => boolean,
): void {
  const name = btf.name(datasecId);
  let entries = byName.get(name);
  if (entries === undefined) byName.set(name, (entries = new Map<number, BtfVarSecinfo>()));
  const { words } = btf;
  let at = btf.recordIdx(datasecId) + RECORD_WORDS;
  for (let left = btf.vlen(datasecId); left > 0; left--, at += SECINFO_WORDS) {
    const [id, byteOff, size] = [words[at] as number, words[at + 1] as number, words[at + 2] as number];
    const type = ids[id] ?? 0;
    if (type === 0 || !isKept(unit, id)) continue;
    const placed = placeVariable(unit, btf, name, id, byteOff, layout, globals);
    if (placed !== undefined) entries.set(type, { type, byteOff: placed, size });
  }
}

/** Where a variable stands in the output section; undefined when it stands nowhere there. */
function placeVariable(
  unit: LinkUnit,
  btf: Btf,
  sectionName: string,
  id: number,
  byteOff: number,
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
): number | undefined {
  const at = btf.recordIdx(id);
  const isFunc = btf.kind(id) === BTF_KIND_FUNC;
  const linkage = isFunc ? (btf.words[at + 1] as number) & 0xff_ffff : btf.words[at + RECORD_WORDS];
  if (linkage === (isFunc ? BTF_FUNC_EXTERN : BTF_VAR_GLOBAL_EXTERN)) return byteOff;
  // Clang leaves the offsets of global variables to symbols; those of static ones it writes.
  const symbol = linkage === BTF_VAR_STATIC ? undefined : globals.get(btf.name(id))?.definition;
  const sectionIdx = symbol?.symbol.sectionIdx ?? unit.sectionByName.get(sectionName)?.index;
  const part = sectionIdx === undefined ? undefined : layout.findPart(unit, sectionIdx);
  if (part === undefined || part.shared || part.section.name !== sectionName) return undefined;
  return placeByte(part, symbol?.symbol.value ?? byteOff);
}
