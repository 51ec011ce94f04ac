// How do the types of several objects become one BTF?
import {
  BTF_FUNC_GLOBAL,
  BTF_KIND_DATASEC,
  BTF_KIND_DECL_TAG,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_VAR_GLOBAL_ALLOCATED,
  BtfBuilder,
  dedupBtf,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { SharedRecord } from '../names.ts';
import { Datasecs } from './datasecs.ts';
import type { LinkedGlobal } from './globals.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** The types of all units in one builder, each once. */
export interface LinkedTypes {
  readonly builder: BtfBuilder;
  /** Id in the builder of a unit's type; 0 for void and for what was left out. */
  readonly typeId: (unit: LinkUnit, id: number) => number;
}

/** The record that stands for a global name. */
interface Chosen {
  readonly unit: LinkUnit;
  readonly record: SharedRecord;
  /** Whether it is the record of the definition that counts. */
  readonly isDefinition: boolean;
}

/** Chosen records by name; a name may be a function's or a variable's. */
interface Choice {
  readonly funcs: Map<string, Chosen>;
  readonly vars: Map<string, Chosen>;
}

const NO_IDS = /* @__PURE__ */ new Uint32Array(0);

/**
 * Merges types: every one is copied; of a global function or variable one record stays, the definition's, with its
 * argument names and tags; data sections are put together anew; of equal types one stays.
 *
 * @returns undefined when no unit has BTF
 */
export function mergeBtf(units: readonly LinkUnit[], layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>): LinkedTypes | undefined {
  if (units.every((unit) => unit.btf === undefined)) return undefined;
  const choice = chooseRecords(units, globals);
  const builder = new BtfBuilder();
  const idsOf: Uint32Array[] = [];
  let next = 1;
  for (const unit of units) {
    const numbered = unit.btf === undefined ? { ids: NO_IDS, next } : numberRecords(unit, unit.btf, choice, next);
    idsOf.push(numbered.ids);
    ({ next } = numbered);
  }
  const datasecs = new Datasecs(layout, globals);
  const standIns = units.map((unit) => {
    const kept = idsOf[unit.index] as Uint32Array;
    // Records that another one stands for get its number, wherever that is.
    const ids = kept.slice();
    for (const record of unit.names.shared) {
      if (ids[record.id] !== 0) continue;
      const chosen = getChosen(choice, record);
      ids[record.id] = idsOf[chosen.unit.index]?.[chosen.record.id] ?? 0;
    }
    if (unit.btf !== undefined) {
      builder.copyTypes(unit.btf, kept, ids);
      datasecs.add(unit, unit.btf, ids, kept);
    }
    return ids;
  });
  fixLinkage(builder, choice, globals, idsOf);
  datasecs.write(builder);
  const { builder: least, ids } = dedupBtf(builder.build());
  return { builder: least, typeId: (unit, id) => ids[standIns[unit.index]?.[id] ?? 0] ?? 0 };
}

function getChosen(choice: Choice, record: SharedRecord): Chosen {
  return (record.isFunc ? choice.funcs : choice.vars).get(record.name) as Chosen;
}

/** The definition's record; without one the first, but one that a data section lists (`.ksyms`, `.kconfig`) before others. */
function chooseRecords(units: readonly LinkUnit[], globals: ReadonlyMap<string, LinkedGlobal>): Choice {
  const choice: Choice = { funcs: new Map(), vars: new Map() };
  for (const unit of units) {
    for (const record of unit.names.shared) {
      const byName = record.isFunc ? choice.funcs : choice.vars;
      const before = byName.get(record.name);
      if (before?.isDefinition === true) continue;
      const definition = globals.get(record.name)?.definition;
      const isDefinition = definition?.unit === unit && definition.btfId === record.id;
      const isBetter = before === undefined || isDefinition || (!before.record.isListed && record.isListed);
      if (isBetter) byName.set(record.name, { unit, record, isDefinition });
    }
  }
  return choice;
}

/** Numbers the records that stay, in order. */
function numberRecords(unit: LinkUnit, btf: Btf, choice: Choice, first: number): { readonly ids: Uint32Array; readonly next: number } {
  const beaten = new Uint8Array(btf.typeCount);
  let anyBeaten = false;
  for (const record of unit.names.shared) {
    const chosen = getChosen(choice, record);
    if (chosen.unit === unit && chosen.record.id === record.id) continue;
    beaten[record.id] = 1;
    anyBeaten = true;
  }
  const unused = anyBeaten ? findUnusedProtos(btf, beaten) : undefined;
  const ids = new Uint32Array(btf.typeCount);
  let next = first;
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if (kind === BTF_KIND_DATASEC || beaten[id] === 1 || unused?.[id] === 1) continue;
    if (kind === BTF_KIND_DECL_TAG && beaten[btf.refType(id)] === 1) continue;
    ids[id] = next++;
  }
  return { ids, next };
}

/** Prototypes that belong to nothing but functions which another record stands for: 1 by id. */
function findUnusedProtos(btf: Btf, beaten: Uint8Array): Uint8Array {
  const unused = new Uint8Array(btf.typeCount);
  const used = new Uint8Array(btf.typeCount);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const refType = btf.refType(id);
    if (refType === 0 || btf.kind(refType) !== BTF_KIND_FUNC_PROTO) continue;
    (btf.kind(id) === BTF_KIND_FUNC && beaten[id] === 1 ? unused : used)[refType] = 1;
  }
  for (let id = 0; id < unused.length; id++) if (used[id] === 1) unused[id] = 0;
  return unused;
}

/** What is defined is not extern, whatever the record says that had to stand for it. */
function fixLinkage(builder: BtfBuilder, choice: Choice, globals: ReadonlyMap<string, LinkedGlobal>, idsOf: readonly Uint32Array[]): void {
  for (const [byName, linkage] of [[choice.funcs, BTF_FUNC_GLOBAL], [choice.vars, BTF_VAR_GLOBAL_ALLOCATED]] as const) {
    for (const { unit, record } of byName.values()) {
      if (!record.isExtern || globals.get(record.name)?.definition === undefined) continue;
      const newId = idsOf[unit.index]?.[record.id] ?? 0;
      if (newId !== 0) builder.setLinkage(newId, linkage);
    }
  }
}
