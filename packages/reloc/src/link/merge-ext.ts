// How do the .BTF.ext records of several objects become one?
import type { BtfBuilder, BtfExt, BtfExtSection } from '@rootlet/btf';
import { INSN_BYTES } from '@rootlet/insn';
import { placeByte } from './sections.ts';
import type { Layout } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** A record of any sort. */
interface ExtRecord {
  readonly insnIdx: number;
}

/**
 * Merges function, line and CO-RE records, by output section, ascending. Records of code that was left out are left out.
 *
 * @param builder takes the strings
 * @param typeId id in the output of a unit's type
 */
export function mergeExt(units: readonly LinkUnit[], layout: Layout, builder: BtfBuilder, typeId: (unit: LinkUnit, id: number) => number): BtfExt {
  const strings = units.map((unit) => (unit.btf === undefined ? undefined : builder.stringMap(unit.btf)));
  const string = (unit: LinkUnit, strOff: number): number => strings[unit.index]?.(strOff) ?? 0;
  return {
    funcInfo: mergeRecords(units, layout, (unit) => unit.ext?.funcInfo, (unit, record, insnIdx) => ({ insnIdx, typeId: typeId(unit, record.typeId) })),
    lineInfo: mergeRecords(units, layout, (unit) => unit.ext?.lineInfo, (unit, record, insnIdx) => ({
      insnIdx,
      fileNameOff: string(unit, record.fileNameOff),
      lineOff: string(unit, record.lineOff),
      line: record.line,
      column: record.column,
    })),
    coreRelos: mergeRecords(units, layout, (unit) => unit.ext?.coreRelos, (unit, record, insnIdx) => ({
      insnIdx,
      typeId: typeId(unit, record.typeId),
      accessStrOff: string(unit, record.accessStrOff),
      kind: record.kind,
    })),
  };
}

/** Goes through the output in order, so that strings too come in an order that linking again does not change. */
function mergeRecords<T extends ExtRecord>(
  units: readonly LinkUnit[],
  layout: Layout,
  recordsOf: (unit: LinkUnit) => readonly BtfExtSection<T>[] | undefined,
  move: (unit: LinkUnit, record: T, insnIdx: number) => T,
): BtfExtSection<T>[] {
  const bySection = units.map((unit) => groupByName(recordsOf(unit) ?? []));
  const merged: BtfExtSection<T>[] = [];
  for (const out of layout.sections) {
    const records: T[] = [];
    for (const part of out.parts) {
      const { unit, section } = part;
      // Records name their section; of several with one name they can only mean the first.
      if (unit.sectionByName.get(section.name) !== section) continue;
      for (const own of bySection[unit.index]?.get(section.name) ?? []) {
        for (const record of isAscending(own) ? own : [...own].sort((a, b) => a.insnIdx - b.insnIdx)) {
          const at = placeByte(part, record.insnIdx * INSN_BYTES);
          if (at !== undefined) records.push(move(unit, record, at / INSN_BYTES));
        }
      }
    }
    if (records.length === 0) continue;
    if (!isAscending(records)) records.sort((a, b) => a.insnIdx - b.insnIdx);
    merged.push({ sectionName: out.name, records });
  }
  return merged;
}

function groupByName<T>(sections: readonly BtfExtSection<T>[]): Map<string, (readonly T[])[]> {
  const byName = new Map<string, (readonly T[])[]>();
  for (const { sectionName, records } of sections) {
    const known = byName.get(sectionName);
    if (known === undefined) byName.set(sectionName, [records]);
    else known.push(records);
  }
  return byName;
}

function isAscending(records: readonly ExtRecord[]): boolean {
  for (let at = 1; at < records.length; at++) if ((records[at] as ExtRecord).insnIdx < (records[at - 1] as ExtRecord).insnIdx) return false;
  return true;
}
