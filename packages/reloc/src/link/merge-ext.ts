// How do the .BTF.ext records of several objects become one?
import type { Btf, BtfBuilder, BtfExt, BtfExtSection } from '@rootlet/btf';
import { INSN_BYTES } from '@rootlet/insn';
import type { MergedBtf } from './merge-btf.ts';
import { placeByte } from './sections.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** A record of any sort. */
interface ExtRecord {
  readonly insnIdx: number;
}

/**
 * Merges function, line and CO-RE records, by output section, ascending. Records of code that was left out are left out.
 * Type ids and string offsets are those of the merged builder.
 */
export function mergeExt(units: readonly LinkUnit[], layout: Layout, merged: MergedBtf): BtfExt {
  const { builder, idsOf } = merged;
  const strings = new Map<LinkUnit, (strOff: number) => number>();
  for (const unit of units) if (unit.btf !== undefined) strings.set(unit, stringMap(builder, unit.btf));
  const typeId = (unit: LinkUnit, id: number): number => idsOf.get(unit)?.[id] ?? 0;
  const string = (unit: LinkUnit, strOff: number): number => strings.get(unit)?.(strOff) ?? 0;
  return {
    funcInfo: mergeRecords(units, layout, (unit) => unit.ext?.funcInfo, (unit, record) => ({
      ...record,
      typeId: typeId(unit, record.typeId),
    })),
    lineInfo: mergeRecords(units, layout, (unit) => unit.ext?.lineInfo, (unit, record) => ({
      ...record,
      fileNameOff: string(unit, record.fileNameOff),
      lineOff: string(unit, record.lineOff),
    })),
    coreRelos: mergeRecords(units, layout, (unit) => unit.ext?.coreRelos, (unit, record) => ({
      ...record,
      typeId: typeId(unit, record.typeId),
      accessStrOff: string(unit, record.accessStrOff),
    })),
  };
}

function stringMap(builder: BtfBuilder, btf: Btf): (strOff: number) => number {
  const known = new Map<number, number>();
  return (strOff) => {
    let moved = known.get(strOff);
    if (moved === undefined) known.set(strOff, (moved = builder.addString(btf.string(strOff))));
    return moved;
  };
}

function mergeRecords<T extends ExtRecord>(
  units: readonly LinkUnit[],
  layout: Layout,
  recordsOf: (unit: LinkUnit) => readonly BtfExtSection<T>[] | undefined,
  move: (unit: LinkUnit, record: T) => T,
): BtfExtSection<T>[] {
  const byName = new Map<string, T[]>(layout.sections.map((section) => [section.name, []]));
  for (const unit of units) {
    for (const { sectionName, records } of recordsOf(unit) ?? []) {
      const section = unit.elf.sections.find((one) => one.name === sectionName);
      const part = section && layout.findPart(unit, section.index);
      const list = byName.get(sectionName);
      if (part === undefined || list === undefined) continue;
      for (const record of records) {
        const at = placeByte(part, record.insnIdx * INSN_BYTES);
        if (at !== undefined) list.push(move(unit, { ...record, insnIdx: at / INSN_BYTES }));
      }
    }
  }
  return [...byName].flatMap(([sectionName, records]) => {
    if (records.length === 0) return [];
    return [{ sectionName, records: records.sort((a, b) => a.insnIdx - b.insnIdx) }];
  });
}
