// How do the .BTF.ext records of several objects become one?
import type { BtfBuilder } from '@rootlet/btf';
import type { ExtKind, RecordRun } from './ext-records.ts';
import { placeByte } from './sections.ts';
import type { Layout, SectionPart } from './sections.ts';
import type { LinkUnit } from './units.ts';

const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 32;

/** What a word of a record is, which says how it moves. */
type Word = 'type' | 'string' | 'number';

/** A sort of record. */
interface Sort {
  readonly kind: ExtKind;
  /** Byte offset of its `off` and `len` in the header. */
  readonly field: number;
  /** What follows the instruction's offset. */
  readonly words: readonly Word[];
}

const SORTS: readonly Sort[] = [
  { kind: 'funcInfo', field: 8, words: ['type'] },
  { kind: 'lineInfo', field: 16, words: ['string', 'string', 'number'] },
  { kind: 'coreRelos', field: 24, words: ['type', 'string', 'number'] },
];

/** Translates what a unit's records say to what the output's must. */
interface Translation {
  readonly type: (id: number) => number;
  readonly string: (strOff: number) => number;
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
  const translations = units.map((unit): Translation => ({
    type: (id) => typeId(unit, id),
    string: unit.btf === undefined ? (): number => 0 : builder.stringMap(unit.btf),
  }));
  const out = new Words();
  const infos: [field: number, byteOff: number, byteLength: number][] = [];
  for (const sort of SORTS) {
    const runs = units.map((unit) => unit.records?.runs(sort.kind));
    const start = out.end;
    for (const section of layout.sections) {
      // Name and count are known when the records are.
      const head = out.end + (out.end === start ? 1 : 0);
      const first = head + 2;
      const before = out.end;
      for (const part of section.parts) {
        const { unit } = part;
        const own = runs[unit.index]?.get(section.name);
        // Records name their section; of several with one name they can only mean the first.
        if (own === undefined || unit.sectionByName.get(section.name) !== part.section) continue;
        if (out.end === before) out.reserve(first - before);
        writeRecords(out, sort.words, own, part, translations[unit.index] as Translation);
      }
      const count = (out.end - first) / (sort.words.length + 1);
      if (count <= 0) {
        out.end = before;
        continue;
      }
      out.words[head] = builder.addString(section.name);
      out.words[head + 1] = count;
      if (before === start) out.words[start] = 4 * (sort.words.length + 1);
    }
    infos.push([sort.field, 4 * start, 4 * (out.end - start)]);
  }
  return encode(out, infos, littleEndian);
}

/** Words that grow. */
class Words {
  words: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  end = 0;

  /** Makes room for `count` words more. @returns where they begin */
  reserve(count: number): number {
    const at = this.end;
    this.end = at + count;
    if (this.end > this.words.length) {
      const grown = new Uint32Array(Math.max(2 * this.words.length, this.end));
      grown.set(this.words.subarray(0, at));
      this.words = grown;
    }
    return at;
  }
}

function writeRecords(out: Words, words: readonly Word[], runs: readonly RecordRun[], part: SectionPart, to: Translation): void {
  const [first] = runs;
  if (first !== undefined && runs.length === 1 && isAscending(first)) {
    for (let i = 0, at = first.at; i < first.count; i++, at += first.step) writeRecord(out, words, first, at, part, to);
    return;
  }
  const places = runs.flatMap((run) => Array.from({ length: run.count }, (_, i) => ({ run, at: run.at + i * run.step })));
  const insnOff = ({ run, at }: (typeof places)[number]): number => run.data.getUint32(at, run.littleEndian);
  for (const { run, at } of places.sort((a, b) => insnOff(a) - insnOff(b))) writeRecord(out, words, run, at, part, to);
}

/** As compilers write them. */
function isAscending({ data, littleEndian, at, count, step }: RecordRun): boolean {
  for (let i = 1; i < count; i++) if (data.getUint32(at + i * step, littleEndian) < data.getUint32(at + (i - 1) * step, littleEndian)) return false;
  return true;
}

function writeRecord(out: Words, words: readonly Word[], run: RecordRun, from: number, part: SectionPart, to: Translation): void {
  const { data, littleEndian } = run;
  const placed = placeByte(part, data.getUint32(from, littleEndian));
  if (placed === undefined) return;
  let at = out.reserve(words.length + 1);
  out.words[at++] = placed;
  for (let i = 0; i < words.length; i++) {
    const value = data.getUint32(from + 4 * i + 4, littleEndian);
    const word = words[i];
    out.words[at++] = word === 'type' ? to.type(value) : word === 'string' ? to.string(value) : value;
  }
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
  for (let i = 0, at = HEADER_BYTES; i < out.end; i++, at += 4) view.setUint32(at, out.words[i] as number, littleEndian);
  return bytes;
}
