// How do the .BTF.ext records of several objects become one?
import type { Btf, BtfBuilder, StringMap } from '@rootlet/btf';
import { HOST_LITTLE_ENDIAN } from '@rootlet/bytes';
import type { ExtKind, RecordRun } from './ext-records.ts';
import { placeByte } from './sections.ts';
import type { Layout, OutSection, SectionPart } from './sections.ts';
import type { LinkUnit } from './units.ts';

const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 32;

/** A sort of record: an instruction's offset, and one or three words that say something of it. */
interface Sort {
  readonly kind: ExtKind;
  /** Byte offset of its `off` and `len` in the header. */
  readonly field: number;
  /** Words of a record. */
  readonly words: number;
}

const SORTS: readonly Sort[] = [
  // type
  { kind: 'funcInfo', field: 8, words: 2 },
  // file name, text of the line, line and column
  { kind: 'lineInfo', field: 16, words: 4 },
  // type, access string, kind
  { kind: 'coreRelos', field: 24, words: 4 },
];

/** Translates what a unit's records say to what the output's must. */
interface Translation {
  readonly type: (id: number) => number;
  readonly strings: StringMap;
}

/** What one object's records of a sort say of one of its sections. */
interface PartRuns {
  readonly part: SectionPart;
  /** The object's. */
  readonly btf: Btf;
  /** In file order. */
  readonly runs: RecordRun[];
}

/**
 * Writes function, line and CO-RE records of all units, by output section, ascending. Records of code that was left out are
 * left out. It goes through the output in order, so that strings, too, come in an order that linking again does not change.
 *
 * @param builder takes the strings
 * @param typeId id in the output of a unit's type
 * @source Documentation/bpf/btf.rst, section 4.2
 */
export function mergeExt(
  units: readonly LinkUnit[],
  layout: Layout,
  builder: BtfBuilder,
  typeId: (unit: LinkUnit, id: number) => number,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const out = new Words();
  const infos: [field: number, byteOff: number, byteLength: number][] = [];
  collectRuns(units, layout).forEach((bySection, sortIdx) => {
    const sort = SORTS[sortIdx] as Sort;
    const start = out.end;
    for (const section of layout.sections) {
      const parts = bySection.get(section);
      if (parts === undefined) continue;
      // Name and count are known when the records are.
      const head = out.end + (out.end === start ? 1 : 0);
      const first = head + 2;
      const before = out.end;
      out.reserve(first - before);
      for (const { part, btf, runs } of parts) {
        const { unit } = part;
        writeRecords(out, sort, runs, part, { type: (id) => typeId(unit, id), strings: builder.stringsOf(btf) });
      }
      const count = (out.end - first) / sort.words;
      if (count <= 0) {
        out.end = before;
        continue;
      }
      out.words[head] = builder.addString(section.name);
      out.words[head + 1] = count;
      if (before === start) out.words[start] = 4 * sort.words;
    }
    infos.push([sort.field, 4 * start, 4 * (out.end - start)]);
  });
  return encode(out, infos, littleEndian);
}

/** For each sort, the records by section of the output, in order of its parts. */
function collectRuns(units: readonly LinkUnit[], layout: Layout): readonly Map<OutSection, PartRuns[]>[] {
  const bySort = SORTS.map(() => new Map<OutSection, PartRuns[]>());
  for (const unit of units) {
    const { btf, records, sectionByName } = unit;
    if (btf === undefined || records === undefined) continue;
    // Most often each sort has the same sections in the same order.
    const places: { readonly nameOff: number; readonly part: SectionPart | undefined }[] = [];
    SORTS.forEach(({ kind }, sortIdx) => {
      const bySection = bySort[sortIdx] as Map<OutSection, PartRuns[]>;
      records.runs(kind).forEach((run, at) => {
        let place = places[at];
        if (place?.nameOff !== run.nameOff) {
          // Records name their section; of several with one name they can only mean the first.
          const section = sectionByName.get(btf.string(run.nameOff));
          places[at] = place = { nameOff: run.nameOff, part: section && layout.findPart(unit, section.index) };
        }
        const { part } = place;
        if (part === undefined) return;
        const parts = bySection.get(part.out);
        const last = parts?.at(-1);
        if (last?.part === part) last.runs.push(run);
        else if (parts === undefined) bySection.set(part.out, [{ part, btf, runs: [run] }]);
        else parts.push({ part, btf, runs: [run] });
      });
    });
  }
  return bySort;
}

/** Words that grow. */
class Words {
  words: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  end = 0;

  /** Takes `count` words more. @returns where they begin */
  reserve(count: number): number {
    const at = this.end;
    this.reserveMore(count);
    this.end = at + count;
    return at;
  }

  /** Makes room for `count` words that are soon to be taken. */
  reserveMore(count: number): void {
    if (this.end + count <= this.words.length) return;
    const grown = new Uint32Array(Math.max(2 * this.words.length, this.end + count));
    grown.set(this.words.subarray(0, this.end));
    this.words = grown;
  }
}

function writeRecords(out: Words, sort: Sort, runs: readonly RecordRun[], part: SectionPart, to: Translation): void {
  const [first] = runs;
  if (first === undefined) return;
  if (runs.length === 1 && isAscending(first)) {
    out.reserveMore(first.count * sort.words);
    for (let i = 0, at = first.at; i < first.count; i++, at += first.step) writeRecord(out, sort, first, at, part, to);
    return;
  }
  const places = runs.flatMap((run) => Array.from({ length: run.count }, (_, i) => ({ run, at: run.at + i * run.step })));
  const insnOff = ({ run, at }: (typeof places)[number]): number => run.data.getUint32(at, run.littleEndian);
  for (const { run, at } of places.sort((a, b) => insnOff(a) - insnOff(b))) writeRecord(out, sort, run, at, part, to);
}

/** As compilers write them. */
function isAscending({ data, littleEndian, at, count, step }: RecordRun): boolean {
  for (let i = 1; i < count; i++) if (data.getUint32(at + i * step, littleEndian) < data.getUint32(at + (i - 1) * step, littleEndian)) return false;
  return true;
}

function writeRecord(out: Words, sort: Sort, run: RecordRun, from: number, part: SectionPart, to: Translation): void {
  const { data, littleEndian } = run;
  const insnOff = data.getUint32(from, littleEndian);
  const placed = part.cuts.length === 0 ? part.base + insnOff : placeByte(part, insnOff);
  if (placed === undefined) return;
  const at = out.reserve(sort.words);
  const { words } = out;
  const first = data.getUint32(from + 4, littleEndian);
  words[at] = placed;
  words[at + 1] = sort.kind === 'lineInfo' ? to.strings.map(first) : to.type(first);
  if (sort.words === 2) return;
  words[at + 2] = to.strings.map(data.getUint32(from + 8, littleEndian));
  words[at + 3] = data.getUint32(from + 12, littleEndian);
}

function encode(out: Words, infos: readonly [number, number, number][], littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + 4 * out.end);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, littleEndian);
  view.setUint8(2, VERSION);
  view.setUint32(4, HEADER_BYTES, littleEndian);
  for (const [field, byteOff, byteLength] of infos) {
    view.setUint32(field, byteOff, littleEndian);
    view.setUint32(field + 4, byteLength, littleEndian);
  }
  if (littleEndian === HOST_LITTLE_ENDIAN) bytes.set(new Uint8Array(out.words.buffer, 0, 4 * out.end), HEADER_BYTES);
  else for (let i = 0, at = HEADER_BYTES; i < out.end; i++, at += 4) view.setUint32(at, out.words[i] as number, littleEndian);
  return bytes;
}
