// Where do the variables of the output stand, as BTF tells it?
import type { Btf, BtfBuilder, BtfVarSecinfo } from '@rootlet/btf';
import { findShared, RECORD_WORDS, SECINFO_WORDS } from '../names.ts';
import type { LinkedGlobal } from './globals.ts';
import { placeByte } from './sections.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** Entries of one data section of the output, by variable. */
type Entries = Map<number, BtfVarSecinfo>;

/**
 * Puts the DATASECs together: each variable once, where its symbol went, in order of places. Sections of the output come
 * first, in their order, then those that only BTF knows (`.ksyms`, `.kconfig`).
 */
export class Datasecs {
  readonly #layout: Layout;
  readonly #globals: ReadonlyMap<string, LinkedGlobal>;
  readonly #byName: Map<string, Entries> = new Map();

  constructor(layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>) {
    this.#layout = layout;
    this.#globals = globals;
    for (const section of layout.sections) this.#byName.set(section.name, new Map());
  }

  /**
   * Adds the variables of an object.
   *
   * @param ids new id of each of its types
   * @param kept 0 for types that are not in the output themselves: another one stands for them
   */
  add(unit: LinkUnit, btf: Btf, ids: Uint32Array, kept: Uint32Array): void {
    const { words } = btf;
    for (const { id: datasecId, name } of unit.names.datasecs) {
      let entries = this.#byName.get(name);
      if (entries === undefined) this.#byName.set(name, (entries = new Map<number, BtfVarSecinfo>()));
      let at = btf.recordIdx(datasecId) + RECORD_WORDS;
      for (let left = btf.vlen(datasecId); left > 0; left--, at += SECINFO_WORDS) {
        const id = words[at] as number;
        const type = ids[id] ?? 0;
        if (type === 0 || kept[id] === 0) continue;
        const byteOff = placeVariable(unit, name, id, words[at + 1] as number, this.#layout, this.#globals);
        if (byteOff !== undefined) entries.set(type, { type, byteOff, size: words[at + 2] as number });
      }
    }
  }

  /** Adds the DATASECs to a BTF. */
  write(builder: BtfBuilder): void {
    const sizes = new Map(this.#layout.sections.map((section) => [section.name, section.size]));
    for (const [name, entries] of this.#byName) {
      const sorted = [...entries.values()].sort((a, b) => a.byteOff - b.byteOff || a.type - b.type);
      if (sorted.length > 0) builder.addDatasec(name, sizes.get(name) ?? 0, sorted);
    }
  }
}

/** Where a variable stands in the output section; undefined when it stands nowhere there. */
function placeVariable(
  unit: LinkUnit,
  sectionName: string,
  id: number,
  byteOff: number,
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
): number | undefined {
  const record = findShared(unit.names.shared, id);
  if (record?.isExtern === true) return byteOff;
  // Clang leaves the offsets of global variables to symbols; those of static ones it writes.
  const symbol = record && globals.get(record.name)?.definition;
  const sectionIdx = symbol?.symbol.sectionIdx ?? unit.sectionByName.get(sectionName)?.index;
  const part = sectionIdx === undefined ? undefined : layout.findPart(unit, sectionIdx);
  if (part === undefined || part.shared || part.section.name !== sectionName) return undefined;
  return placeByte(part, symbol?.symbol.value ?? byteOff);
}
