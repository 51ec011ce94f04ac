// Which .BTF.ext records belong to which function?
import type { BtfCoreRelo, BtfExt, BtfExtSection, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { FuncRange } from './functions.ts';

/** Records of one section, ascending by instruction. */
interface SectionRecords {
  readonly funcInfo: readonly BtfFuncInfo[];
  readonly lineInfo: readonly BtfLineInfo[];
  readonly coreRelos: readonly BtfCoreRelo[];
}

/** Records of one function; instruction indices are relative to it. */
export interface FuncRecords {
  /** FUNC id, when a record stands at the function's start. */
  readonly btfId: number | undefined;
  readonly lineInfo: readonly BtfLineInfo[];
  readonly coreRelos: readonly BtfCoreRelo[];
}

const EMPTY: SectionRecords = { funcInfo: [], lineInfo: [], coreRelos: [] };

/** Gives out the records of functions. Records of sections and slots that hold no function are left out. */
export function createExtLookup(ext: BtfExt | undefined): (range: FuncRange) => FuncRecords {
  const bySection = new Map<string, SectionRecords>();
  if (ext !== undefined) {
    const funcInfo = groupBySection(ext.funcInfo);
    const lineInfo = groupBySection(ext.lineInfo);
    const coreRelos = groupBySection(ext.coreRelos);
    for (const name of new Set([...funcInfo.keys(), ...lineInfo.keys(), ...coreRelos.keys()])) {
      bySection.set(name, {
        funcInfo: funcInfo.get(name) ?? [],
        lineInfo: lineInfo.get(name) ?? [],
        coreRelos: coreRelos.get(name) ?? [],
      });
    }
  }
  return (range) => {
    const records = bySection.get(range.section.name) ?? EMPTY;
    return {
      btfId: sliceRecords(records.funcInfo, range.startIdx, range.startIdx + 1)[0]?.typeId,
      lineInfo: sliceRecords(records.lineInfo, range.startIdx, range.endIdx),
      coreRelos: sliceRecords(records.coreRelos, range.startIdx, range.endIdx),
    };
  };
}

function groupBySection<T extends { readonly insnIdx: number }>(sections: readonly BtfExtSection<T>[]): Map<string, T[]> {
  const map = new Map<string, T[]>();
  for (const section of sections) {
    const list = map.get(section.sectionName);
    if (list === undefined) map.set(section.sectionName, [...section.records]);
    else for (const record of section.records) list.push(record);
  }
  // The kernel wants ascending records, and so do the binary searches below.
  for (const list of map.values()) list.sort((a, b) => a.insnIdx - b.insnIdx);
  return map;
}

function sliceRecords<T extends { readonly insnIdx: number }>(records: readonly T[], startIdx: number, endIdx: number): T[] {
  let low = 0;
  for (let high = records.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((records[middle] as T).insnIdx < startIdx) low = middle + 1;
    else high = middle;
  }
  const found: T[] = [];
  for (let at = low; at < records.length; at++) {
    const record = records[at] as T;
    if (record.insnIdx >= endIdx) break;
    found.push({ ...record, insnIdx: record.insnIdx - startIdx });
  }
  return found;
}
