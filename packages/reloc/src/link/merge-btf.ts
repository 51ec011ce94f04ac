// How do the types of several objects become one BTF?
import {
  BTF_FUNC_EXTERN,
  BTF_FUNC_GLOBAL,
  BTF_FUNC_STATIC,
  BTF_KIND_DATASEC,
  BTF_KIND_DECL_TAG,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_VAR,
  BTF_VAR_GLOBAL_ALLOCATED,
  BTF_VAR_GLOBAL_EXTERN,
  BTF_VAR_STATIC,
  BtfBuilder,
} from '@rootlet/btf';
import type { Btf, BtfDatasec, BtfFunc, BtfVar, BtfVarSecinfo } from '@rootlet/btf';
import { btfIdOf } from './globals.ts';
import type { LinkedGlobal } from './globals.ts';
import { placeByte } from './sections.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** The types of all units in one builder. */
export interface MergedBtf {
  readonly builder: BtfBuilder;
  /** New id by id, for each unit; 0 for what was left out. */
  readonly idsOf: ReadonlyMap<LinkUnit, Uint32Array>;
}

/** The record that stands for a global name. */
interface Chosen {
  readonly unit: LinkUnit;
  readonly id: number;
}

/**
 * Merges types: every one is copied; of a global function or variable one record stays, the definition's, with its
 * argument names and tags; data sections are put together anew. Equal types are still to be merged by `dedupBtf`.
 *
 * @returns undefined when no unit has BTF
 */
export function mergeBtf(units: readonly LinkUnit[], layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>): MergedBtf | undefined {
  if (units.every((unit) => unit.btf === undefined)) return undefined;
  const chosen = chooseRecords(units, globals);
  const isChosen = (unit: LinkUnit, id: number): boolean => {
    const record = chosen.get(nameKey(unit.btf as Btf, id) ?? '');
    return record === undefined || (record.unit === unit && record.id === id);
  };
  const builder = new BtfBuilder();
  const idsOf = assignIds(units, chosen, isChosen);
  for (const unit of units) {
    const { btf } = unit;
    const ids = idsOf.get(unit);
    if (btf === undefined || ids === undefined) continue;
    let expected = builder.typeCount;
    for (let id = btf.startId; id < btf.typeCount; id++) {
      if (ids[id] !== expected) continue;
      expected++;
      builder.addType(btf, id, (old) => ids[old] ?? 0);
    }
  }
  fixLinkage(builder, chosen, globals, idsOf);
  addDatasecs(builder, units, layout, globals, idsOf, isChosen);
  return { builder, idsOf };
}

/** `FUNC foo` or `VAR x` for what is shared by name: all but static ones. */
function nameKey(btf: Btf, id: number): string | undefined {
  const kind = btf.kind(id);
  if (kind === BTF_KIND_FUNC) {
    const func = btf.type(id) as BtfFunc;
    return func.linkage === BTF_FUNC_STATIC ? undefined : `FUNC ${func.name}`;
  }
  if (kind !== BTF_KIND_VAR) return undefined;
  const variable = btf.type(id) as BtfVar;
  return variable.linkage === BTF_VAR_STATIC ? undefined : `VAR ${variable.name}`;
}

/** Whether a data section lists it: `.ksyms`, `.kconfig`. */
function hasSection({ unit, id }: Chosen): boolean {
  return unit.names.sectionOf.has(id);
}

function chooseRecords(units: readonly LinkUnit[], globals: ReadonlyMap<string, LinkedGlobal>): Map<string, Chosen> {
  const chosen = new Map<string, Chosen>();
  for (const { definition } of globals.values()) {
    const id = definition && btfIdOf(definition);
    const key = id === undefined ? undefined : nameKey(definition?.unit.btf as Btf, id);
    if (definition !== undefined && id !== undefined && key !== undefined) chosen.set(key, { unit: definition.unit, id });
  }
  const defined = new Set(chosen.keys());
  for (const unit of units) {
    for (let id = unit.btf?.startId ?? 0; id < (unit.btf?.typeCount ?? 0); id++) {
      const key = nameKey(unit.btf as Btf, id);
      if (key === undefined) continue;
      const before = chosen.get(key);
      if (before === undefined || (!defined.has(key) && !hasSection(before) && hasSection({ unit, id }))) chosen.set(key, { unit, id });
    }
  }
  return chosen;
}

/** Numbers the records that stay, in order; then gives the others the number of what stands for them. */
function assignIds(
  units: readonly LinkUnit[],
  chosen: ReadonlyMap<string, Chosen>,
  isChosen: (unit: LinkUnit, id: number) => boolean,
): Map<LinkUnit, Uint32Array> {
  const idsOf = new Map<LinkUnit, Uint32Array>();
  let next = 1;
  for (const unit of units) {
    const { btf } = unit;
    if (btf === undefined) continue;
    const ids = new Uint32Array(btf.typeCount);
    idsOf.set(unit, ids);
    const unused = unusedProtos(unit, btf, isChosen);
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const kind = btf.kind(id);
      const isTagOfOther = kind === BTF_KIND_DECL_TAG && !isChosen(unit, btf.refType(id));
      const isLeftOut = kind === BTF_KIND_DATASEC || isTagOfOther || unused.has(id) || !isChosen(unit, id);
      if (!isLeftOut) ids[id] = next++;
    }
  }
  for (const [unit, ids] of idsOf) {
    const btf = unit.btf as Btf;
    for (let id = btf.startId; id < btf.typeCount; id++) {
      if (ids[id] !== 0) continue;
      const record = chosen.get(nameKey(btf, id) ?? '');
      if (record !== undefined) ids[id] = idsOf.get(record.unit)?.[record.id] ?? 0;
    }
  }
  return idsOf;
}

/** Prototypes that belong to nothing but functions which another record stands for. */
function unusedProtos(unit: LinkUnit, btf: Btf, isChosen: (unit: LinkUnit, id: number) => boolean): Set<number> {
  const unused = new Set<number>();
  const used = new Set<number>();
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const refType = btf.refType(id);
    if (refType === 0 || btf.kind(refType) !== BTF_KIND_FUNC_PROTO) continue;
    (btf.kind(id) === BTF_KIND_FUNC && !isChosen(unit, id) ? unused : used).add(refType);
  }
  for (const id of used) unused.delete(id);
  return unused;
}

/** What is defined is not extern, whatever the record says that had to stand for it. */
function fixLinkage(
  builder: BtfBuilder,
  chosen: ReadonlyMap<string, Chosen>,
  globals: ReadonlyMap<string, LinkedGlobal>,
  idsOf: ReadonlyMap<LinkUnit, Uint32Array>,
): void {
  for (const { unit, id } of chosen.values()) {
    const type = (unit.btf as Btf).type(id) as BtfFunc | BtfVar;
    const newId = idsOf.get(unit)?.[id] ?? 0;
    if (newId === 0 || globals.get(type.name)?.definition === undefined) continue;
    const isFunc = type.kind === BTF_KIND_FUNC;
    if (type.linkage !== (isFunc ? BTF_FUNC_EXTERN : BTF_VAR_GLOBAL_EXTERN)) continue;
    builder.setLinkage(newId, isFunc ? BTF_FUNC_GLOBAL : BTF_VAR_GLOBAL_ALLOCATED);
  }
}

/** Entries of one data section of the output. */
type Entries = Map<number, BtfVarSecinfo>;

function addDatasecs(
  builder: BtfBuilder,
  units: readonly LinkUnit[],
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  idsOf: ReadonlyMap<LinkUnit, Uint32Array>,
  isChosen: (unit: LinkUnit, id: number) => boolean,
): void {
  const byName = new Map<string, Entries>(layout.sections.map((section) => [section.name, new Map()]));
  for (const unit of units) {
    const { btf } = unit;
    for (let id = btf?.startId ?? 0; btf !== undefined && id < btf.typeCount; id++) {
      if (btf.kind(id) !== BTF_KIND_DATASEC) continue;
      const datasec = btf.type(id) as BtfDatasec;
      const entries = byName.get(datasec.name) ?? new Map<number, BtfVarSecinfo>();
      byName.set(datasec.name, entries);
      for (const entry of datasec.vars) {
        const newId = idsOf.get(unit)?.[entry.type] ?? 0;
        const byteOff = newId === 0 || !isChosen(unit, entry.type) ? undefined : placeVariable(unit, datasec.name, entry, layout, globals);
        if (byteOff !== undefined) entries.set(newId, { type: newId, byteOff, size: entry.size });
      }
    }
  }
  const sizes = new Map(layout.sections.map((section) => [section.name, section.size]));
  for (const [name, entries] of byName) {
    const sorted = [...entries.values()].sort((a, b) => a.byteOff - b.byteOff || a.type - b.type);
    if (sorted.length > 0) builder.addDatasec(name, sizes.get(name) ?? 0, sorted);
  }
}

/** Where a variable stands in the output section; undefined when it stands nowhere there. */
function placeVariable(
  unit: LinkUnit,
  sectionName: string,
  entry: BtfVarSecinfo,
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
): number | undefined {
  const btf = unit.btf as Btf;
  const type = btf.type(entry.type) as BtfFunc | BtfVar;
  const isExtern = type.linkage === (type.kind === BTF_KIND_FUNC ? BTF_FUNC_EXTERN : BTF_VAR_GLOBAL_EXTERN);
  if (isExtern) return entry.byteOff;
  // Clang leaves the offsets of global variables to symbols; those of static ones it writes.
  const symbol = type.linkage === BTF_VAR_STATIC ? undefined : globals.get(type.name)?.definition;
  const sectionIdx = symbol?.symbol.sectionIdx ?? unit.elf.sections.find((section) => section.name === sectionName)?.index;
  const part = sectionIdx === undefined ? undefined : layout.findPart(unit, sectionIdx);
  if (part === undefined || part.shared || part.section.name !== sectionName) return undefined;
  return placeByte(part, symbol?.symbol.value ?? entry.byteOff);
}
