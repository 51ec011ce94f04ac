// Which types of a BTF are needed when each is kept once?
import type { Btf } from './btf.ts';
import { BtfBuilder } from './builder.ts';
import { buildTypeGraph } from './dedup-graph.ts';
import type { BtfExt, BtfExtSection } from './ext.ts';
import { refine } from './refine.ts';

/** What {@link dedupBtf} gives. */
export interface DedupedBtf {
  /** The types that are left, ready for more additions, `encode()` or `build()`. */
  readonly builder: BtfBuilder;
  /** New id of each old id; void and a base's ids stay. */
  readonly ids: Uint32Array;
  /** The records with new ids and string offsets, when some were given. */
  readonly ext: BtfExt | undefined;
}

/**
 * Keeps one of all types that are equal but for their numbers, cycles and references included, and only strings that are used.
 *
 * Forward declarations give way to the full type of their name when there is one kind of it only; enumerations without values likewise.
 * Variables and data sections all stay. Of a split BTF, own types that its base has are left out.
 *
 * Time is O(n log n) in the size of the BTF, whatever is in it.
 *
 * @throws UNSUPPORTED for kinds that are not known
 * @libbpf btf__dedup
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BtfBuilder, dedupBtf, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/helpers.el.btf'));
 * const twice = new BtfBuilder();
 * twice.addBtf(btf);
 * twice.addBtf(btf);
 * console.log(twice.typeCount, dedupBtf(twice.build()).builder.typeCount); // 39 22
 * ```
 */
export function dedupBtf(btf: Btf, ext?: BtfExt): DedupedBtf {
  const builder = new BtfBuilder({ base: btf.base });
  // Types that go have no strings of their own: they equal one that stays.
  const least = refine(buildTypeGraph(btf, builder.stringsOf(btf)));

  const { startId, typeCount } = btf;
  const ids = new Uint32Array(typeCount);
  const stays = new Uint8Array(typeCount);
  let next = startId;
  for (let id = 0; id < typeCount; id++) {
    if (id < startId) ids[id] = id;
    else if (least[id] === id) {
      stays[id] = 1;
      ids[id] = next++;
    }
  }
  for (let id = startId; id < typeCount; id++) ids[id] = ids[least[id]!]!;
  builder.copyTypes(btf, stays, ids);

  return { builder, ids, ext: ext === undefined ? undefined : remapExt(ext, (id) => ids[id]!, builder.stringMap(btf)) };
}

/**
 * `.BTF.ext` records with other type ids and string offsets, e.g. after `BtfBuilder.addBtf`.
 *
 * @param mapId new id of each old one
 * @param mapString new offset of each old one, e.g. `builder.stringMap(btf)`
 * @param insnDelta what is added to each instruction index, by section name; 0 when absent
 */
export function remapExt(
  ext: BtfExt,
  mapId: (id: number) => number,
  mapString: (strOff: number) => number,
  insnDelta: (sectionName: string) => number = () => 0,
): BtfExt {
  const sections = <T extends { readonly insnIdx: number }>(list: readonly BtfExtSection<T>[], map: (record: T, insnIdx: number) => T): BtfExtSection<T>[] =>
    list.map(({ sectionName, records }) => {
      const delta = insnDelta(sectionName);
      return { sectionName, records: records.map((record) => map(record, record.insnIdx + delta)) };
    });
  return {
    funcInfo: sections(ext.funcInfo, (record, insnIdx) => ({ ...record, insnIdx, typeId: mapId(record.typeId) })),
    lineInfo: sections(ext.lineInfo, (record, insnIdx) => ({
      ...record,
      insnIdx,
      fileNameOff: mapString(record.fileNameOff),
      lineOff: mapString(record.lineOff),
    })),
    coreRelos: sections(ext.coreRelos, (record, insnIdx) => ({
      ...record,
      insnIdx,
      typeId: mapId(record.typeId),
      accessStrOff: mapString(record.accessStrOff),
    })),
  };
}
