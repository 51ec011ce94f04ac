// Which .BTF.ext records belong to which function?
import type { BtfCoreRelo, BtfExt, BtfExtSection, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { FuncRange } from './functions.ts';

/** Records of one function; instruction indices are relative to it. Lines and CO-RE records are cut out when they are first asked for. */
export interface FuncRecords {
  /** FUNC id, when a record stands at the function's start. */
  readonly btfId: number | undefined;
  readonly lineInfo: readonly BtfLineInfo[];
  readonly coreRelos: readonly BtfCoreRelo[];
}

/** Gives out the records of functions. Records of sections and slots that hold no function are left out. */
export function createExtLookup(ext: BtfExt | undefined): (range: FuncRange) => FuncRecords {
  const funcInfo = groupBySection(ext?.funcInfo ?? []);
  // Lines are many, and only a kernel wants them.
  const lineInfo = once(() => groupBySection(ext?.lineInfo ?? []));
  const coreRelos = once(() => groupBySection(ext?.coreRelos ?? []));
  return (range) => new RangeRecords(range, funcInfo, lineInfo, coreRelos);
}

type BySection<T> = ReadonlyMap<string, readonly T[]>;

class RangeRecords implements FuncRecords {
  readonly btfId: number | undefined;
  readonly #range: FuncRange;
  readonly #allLines: () => BySection<BtfLineInfo>;
  readonly #allRelos: () => BySection<BtfCoreRelo>;
  #lineInfo: readonly BtfLineInfo[] | undefined;
  #coreRelos: readonly BtfCoreRelo[] | undefined;

  constructor(range: FuncRange, funcInfo: BySection<BtfFuncInfo>, lineInfo: () => BySection<BtfLineInfo>, coreRelos: () => BySection<BtfCoreRelo>) {
    this.#range = range;
    this.#allLines = lineInfo;
    this.#allRelos = coreRelos;
    const records = funcInfo.get(range.section.name) ?? [];
    const record = records[lowerBound(records, range.startIdx)];
    this.btfId = record?.insnIdx === range.startIdx ? record.typeId : undefined;
  }

  get lineInfo(): readonly BtfLineInfo[] {
    this.#lineInfo ??= this.#cut(this.#allLines());
    return this.#lineInfo;
  }

  get coreRelos(): readonly BtfCoreRelo[] {
    this.#coreRelos ??= this.#cut(this.#allRelos());
    return this.#coreRelos;
  }

  #cut<T extends { readonly insnIdx: number }>(all: BySection<T>): T[] {
    return sliceRecords(all.get(this.#range.section.name) ?? [], this.#range.startIdx, this.#range.endIdx);
  }
}

/** The value of a function that is called at most once, and when it is first wanted. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function groupBySection<T extends { readonly insnIdx: number }>(sections: readonly BtfExtSection<T>[]): Map<string, readonly T[]> {
  const map = new Map<string, readonly T[]>();
  for (const { sectionName, records } of sections) {
    const before = map.get(sectionName);
    map.set(sectionName, before === undefined ? records : [...before, ...records]);
  }
  // The kernel wants ascending records, and so do the binary searches below. Compilers write them so.
  for (const [name, list] of map) {
    if (list.some((record, idx) => idx > 0 && record.insnIdx < (list[idx - 1] as T).insnIdx)) {
      map.set(name, [...list].sort((a, b) => a.insnIdx - b.insnIdx));
    }
  }
  return map;
}

/** Index of the first record at or behind a slot. */
function lowerBound(records: readonly { readonly insnIdx: number }[], startIdx: number): number {
  let low = 0;
  for (let high = records.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (records[middle]!.insnIdx < startIdx) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sliceRecords<T extends { readonly insnIdx: number }>(records: readonly T[], startIdx: number, endIdx: number): T[] {
  const found: T[] = [];
  for (let at = lowerBound(records, startIdx); at < records.length; at++) {
    const record = records[at] as T;
    if (record.insnIdx >= endIdx) break;
    found.push({ ...record, insnIdx: record.insnIdx - startIdx });
  }
  return found;
}
