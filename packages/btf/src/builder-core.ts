// What does a builder hold, and how does a record get there?
import type { Btf } from './btf.ts';
import { ELEM_WORDS, INFO_WORDS, infoKind, infoVlen, packInfo, RECORD_WORDS } from './layout.ts';
import { RecordList } from './records.ts';
import { StringTable } from './string-table.ts';

/** Most elements of one type. */
const MAX_VLEN = 0xff_ffff;

/** Throws RangeError when a type cannot have so many elements. */
export function checkVlen(vlen: number): void {
  if (vlen > MAX_VLEN) throw new RangeError(`btf: ${vlen} elements are too many`);
}

/** Records and strings of a BTF that is being built; what may be asked of one is in `BtfBuilder`. */
export class BuilderCore {
  /** First own id. */
  readonly startId: number;
  /** The BTF that this one is split on. */
  readonly base: Btf | undefined;
  /** Byte order that is written when nothing else is said: the base's; little-endian without one. @libbpf btf__set_endianness */
  littleEndian: boolean;
  protected strings: StringTable;
  protected records: RecordList;

  constructor(base: Btf | undefined, littleEndian: boolean | undefined) {
    this.base = base;
    this.startId = base?.typeCount ?? 1;
    this.littleEndian = littleEndian ?? base?.littleEndian ?? true;
    this.strings = new StringTable(base);
    this.records = new RecordList();
  }

  /** One more than the last id. */
  get typeCount(): number {
    return this.startId + this.records.count;
  }

  /** Called before records change, additions excepted. */
  protected touch(): void {
    // Only a builder that holds a parsed BTF has something to forget.
  }

  /** Appends a record without elements. @returns its id */
  protected addRecord(kind: number, name: string, word: number, kindFlag = false, extra: readonly number[] = []): number {
    const str = this.strings.add(name);
    const at = this.records.append(RECORD_WORDS + INFO_WORDS[kind]!);
    this.records.words.set([str, packInfo(kind, 0, kindFlag), word, ...extra], at);
    return this.typeCount - 1;
  }

  /** Appends an element to the last record, which stands at word `at`. */
  protected addElement(at: number, element: readonly number[]): void {
    this.touch();
    const info = this.records.words[at + 1]!;
    const vlen = infoVlen(info) + 1;
    checkVlen(vlen);
    const to = this.records.extend(ELEM_WORDS[infoKind(info)]!);
    const { words } = this.records;
    words.set(element, to);
    const now = this.records.at(this.records.count - 1);
    words[now + 1] = packInfo(infoKind(info), vlen, info >>> 31 === 1);
  }

  /** Word index of the last record, which must be of one of these kinds. */
  protected lastRecord(kinds: readonly number[], what: string): number {
    const at = this.records.count === 0 ? -1 : this.records.at(this.records.count - 1);
    if (at < 0 || !kinds.includes(infoKind(this.records.words[at + 1]!))) throw new RangeError(`btf: the type added last takes no ${what}`);
    return at;
  }

  /** Word index of an own record that is to be changed, which must be of one of these kinds. */
  protected ownRecord(id: number, kinds?: readonly number[]): number {
    if (!(id >= this.startId && id < this.typeCount)) throw new RangeError(`btf: type ${id} is not of this builder`);
    const at = this.records.at(id - this.startId);
    if (kinds?.includes(infoKind(this.records.words[at + 1]!)) === false) throw new RangeError(`btf: type ${id} is of another kind`);
    this.touch();
    return at;
  }
}
