// Where in a .BTF.ext are the records of each section?
import { parseBtfExt } from '@rootlet/btf';
import type { Btf, BtfExt } from '@rootlet/btf';
import type { ElfSection } from '@rootlet/elf';

/** Byte offsets in the header of `off` and `len` of each sort of record. */
const HEADER_FIELDS = { funcInfo: 8, lineInfo: 16, coreRelos: 24 } as const;
/** A sort of record. */
export type ExtKind = keyof typeof HEADER_FIELDS;

/** Records of one code section, unread: for linking, which moves thousands of them, as numbers. */
export interface RecordRun {
  readonly data: DataView;
  readonly littleEndian: boolean;
  /** String offset of the section's name. */
  readonly nameOff: number;
  /** Byte offset of the first record in `data`. */
  readonly at: number;
  readonly count: number;
  /** Bytes from one record to the next. */
  readonly step: number;
}

/** A `.BTF.ext` that was checked. */
export class ExtRecords {
  /** The records as objects, for whoever looks at a few. */
  readonly ext: BtfExt;
  readonly #littleEndian: boolean;
  readonly #data: DataView;

  /** @throws DecodeError, as `parseBtfExt` does */
  constructor(section: ElfSection, btf: Btf) {
    const { bytes } = section.data;
    this.ext = parseBtfExt(bytes, { btf, byteOff: section.byteOff });
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // It says so itself (the magic is 0xeb9f), whatever its file says.
    this.#littleEndian = bytes[0] === 0x9f;
  }

  /** Runs of records in file order, two of one section perhaps. Bounds were checked when this was made. */
  runs(kind: ExtKind): RecordRun[] {
    const data = this.#data;
    const littleEndian = this.#littleEndian;
    const runs: RecordRun[] = [];
    const word = (at: number): number => data.getUint32(at, littleEndian);
    const headerLen = word(4);
    const field = HEADER_FIELDS[kind];
    if (field + 8 > headerLen) return runs;
    const length = word(field + 4);
    if (length === 0) return runs;
    const start = headerLen + word(field);
    const step = word(start);
    for (let at = start + 4; at < start + length; ) {
      const run = { data, littleEndian, nameOff: word(at), at: at + 8, count: word(at + 4), step };
      runs.push(run);
      at += 8 + run.count * step;
    }
    return runs;
  }
}
