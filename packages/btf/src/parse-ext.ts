// How do bytes become a BtfExt?
import { ByteView, DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import type { BtfCoreRelo, BtfExtRecord, BtfExtSection, BtfFuncInfo, BtfLineInfo, ParsedBtfExt } from './ext.ts';
import { decodeHeaderStart, decodeMagic } from './header.ts';

/** Bytes of the header without and with CO-RE records. */
const EXT_HEADER_BYTES = 24;
const EXT_CORE_HEADER_BYTES = 32;
/** Bytes of an instruction slot. */
const SLOT_BYTES = 8;

/** How to parse. */
export interface ParseBtfExtOptions {
  /** The BTF of the same object: names the sections and bounds the type ids. */
  readonly btf: Btf;
  /** File offset of the blob, for errors; 0 when absent. */
  readonly byteOff?: number | undefined;
}

/** One sort of record: its smallest size, which of its words are type ids and string offsets, and how to decode it. */
interface RecordKind<T> {
  readonly what: string;
  readonly minBytes: number;
  readonly typeField: number | undefined;
  readonly strFields: readonly number[];
  readonly decode: (view: ByteView, at: number) => T;
}

const FUNC_INFO: RecordKind<BtfFuncInfo> = {
  what: 'btf.ext: func info',
  minBytes: 8,
  typeField: 4,
  strFields: [],
  decode: (view, at) => ({ insnIdx: view.u32(at) / SLOT_BYTES, typeId: view.u32(at + 4) }),
};

const LINE_INFO: RecordKind<BtfLineInfo> = {
  what: 'btf.ext: line info',
  minBytes: 16,
  typeField: undefined,
  strFields: [4, 8],
  decode: (view, at) => {
    // line_col: line in bits 31 ‥ 10, column in bits 9 ‥ 0
    const lineCol = view.u32(at + 12);
    return {
      insnIdx: view.u32(at) / SLOT_BYTES,
      fileNameOff: view.u32(at + 4),
      lineOff: view.u32(at + 8),
      line: lineCol >>> 10,
      column: lineCol & 0x3ff,
    };
  },
};

const CORE_RELO: RecordKind<BtfCoreRelo> = {
  what: 'btf.ext: core relocations',
  minBytes: 16,
  typeField: 4,
  strFields: [8],
  decode: (view, at) => ({
    insnIdx: view.u32(at) / SLOT_BYTES,
    typeId: view.u32(at + 4),
    accessStrOff: view.u32(at + 8),
    kind: view.u32(at + 12),
  }),
};

/**
 * Parses a `.BTF.ext` blob: checks all of it once; the records of a section are decoded when first asked for.
 * Records larger than known are accepted, their rest is kept as words.
 *
 * @throws `TRUNCATED`, `BTF_MAGIC`, `BTF_VERSION`, `BTF_FLAGS`, `BTF_HEADER`, `BTF_SECTION`: the header
 * @throws `BTF_EXT_RECORD_SIZE`, `BTF_EXT_INSN_OFF`, `BTF_TYPE_ID`, `BTF_STRING_OFF`: a record
 * @source Documentation/bpf/btf.rst, section 4.2; libbpf `btf_ext__new`
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { parseBtfExt, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const ext = parseBtfExt(readFileSync('packages/btf/test/fixtures/core.el.btfext'), { btf });
 * console.log(ext.lineInfo[0]?.sectionName, ext.lineInfo[0]?.records[0]?.insnIdx); // kprobe/first 0
 * ```
 */
export function parseBtfExt(bytes: Uint8Array | ArrayBufferLike, options: ParseBtfExtOptions): ParsedBtfExt {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const byteOff = options.byteOff ?? 0;
  const littleEndian = decodeMagic(data, 'btf.ext', byteOff);
  const view = new ByteView(data, 'btf.ext: header', littleEndian, byteOff);
  const headerLen = decodeHeaderStart(view, 'btf.ext', EXT_HEADER_BYTES);

  const records = <T extends BtfExtRecord>(field: number, recordKind: RecordKind<T>): BtfExtSection<T>[] => {
    if (field + 8 > headerLen) return [];
    const off = headerLen + view.u32(field);
    const len = view.u32(field + 4);
    if (len === 0) return [];
    if (off + len > data.length) {
      throw new DecodeError('BTF_SECTION', recordKind.what.replace(':', ': header:'), 'reaches outside of the blob', {
        byteOff: byteOff + field,
        need: `${off + len} bytes`,
        have: data.length,
      });
    }
    return parseInfo(view.slice(off, len, recordKind.what), recordKind, options.btf);
  };
  const funcInfo = records(8, FUNC_INFO);
  const lineInfo = records(16, LINE_INFO);
  const coreRelos = headerLen >= EXT_CORE_HEADER_BYTES ? records(24, CORE_RELO) : [];
  return { funcInfo, lineInfo, coreRelos, bytes: data, littleEndian };
}

/** `u32 rec_size`, then for each ELF section `u32 sec_name_off, num_info` and the records. */
function parseInfo<T extends BtfExtRecord>(view: ByteView, recordKind: RecordKind<T>, btf: Btf): BtfExtSection<T>[] {
  const recordBytes = view.u32(0);
  if (recordBytes < recordKind.minBytes || recordBytes % 4 !== 0) {
    throw new DecodeError('BTF_EXT_RECORD_SIZE', view.what, 'bad record size', {
      byteOff: view.byteOff,
      need: `a multiple of 4 from ${recordKind.minBytes} bytes`,
      have: recordBytes,
    });
  }
  const shared: Info<T> = { view, recordBytes, recordKind, btf };
  const { typeField, strFields: [firstStr, secondStr] } = recordKind;
  const { littleEndian } = view;
  const data = new DataView(view.bytes.buffer, view.bytes.byteOffset, view.bytes.byteLength);
  const { typeCount } = btf;
  const strEnd = btf.strStart + btf.strings.length;
  const isStr = (strOff: number): boolean => strOff < strEnd || strOff === 0;
  // Counted first, so that the list is made in its size.
  let sectionCount = 0;
  for (let at = 4; at < view.length; sectionCount++) {
    view.check(at, 8);
    const nameOff = data.getUint32(at, littleEndian);
    const count = data.getUint32(at + 4, littleEndian);
    if (!hasString(btf, nameOff)) throw badStrOff(btf, view, at, view.what);
    // As libbpf; and a section without records would take many times its 8 bytes.
    if (count === 0) throw new DecodeError('BTF_SECTION', sectionWhat(shared, at), 'has no records', { byteOff: view.byteOff + at + 4 });
    if (count * recordBytes > view.length - at - 8) view.check(at + 8, count * recordBytes, sectionWhat(shared, at));
    const end = at + 8 + count * recordBytes;
    for (let record = at + 8; record < end; record += recordBytes) {
      const sound =
        data.getUint32(record, littleEndian) % SLOT_BYTES === 0 &&
        (typeField === undefined || data.getUint32(record + typeField, littleEndian) < typeCount) &&
        (firstStr === undefined || isStr(data.getUint32(record + firstStr, littleEndian))) &&
        (secondStr === undefined || isStr(data.getUint32(record + secondStr, littleEndian)));
      if (!sound) checkRecord(shared, at, record);
    }
    at = end;
  }
  let at = 4;
  const sections: BtfExtSection<T>[] = new Array<BtfExtSection<T>>(sectionCount);
  for (let i = 0; i < sectionCount; i++) {
    sections[i] = new LazySection(shared, at);
    at += 8 + data.getUint32(at + 4, littleEndian) * recordBytes;
  }
  return sections;
}

/** What all sections of one sort of record have in common. */
interface Info<T extends BtfExtRecord> {
  readonly view: ByteView;
  readonly recordBytes: number;
  readonly recordKind: RecordKind<T>;
  readonly btf: Btf;
}

/** @param sectionOff where the section begins */
function sectionWhat<T extends BtfExtRecord>({ view, btf }: Info<T>, sectionOff: number): string {
  return `${view.what}: ${btf.string(view.u32(sectionOff))}`;
}

/** Says what is wrong with a record. */
function checkRecord<T extends BtfExtRecord>(info: Info<T>, sectionOff: number, at: number): void {
  const { view, recordKind, btf } = info;
  if (view.u32(at) % SLOT_BYTES !== 0) {
    throw new DecodeError('BTF_EXT_INSN_OFF', sectionWhat(info, sectionOff), 'instruction offset is no multiple of 8', { byteOff: view.byteOff + at, have: view.u32(at) });
  }
  if (recordKind.typeField !== undefined) {
    const typeId = view.u32(at + recordKind.typeField);
    if (typeId >= btf.typeCount) {
      throw new DecodeError('BTF_TYPE_ID', sectionWhat(info, sectionOff), 'type id out of range', {
        byteOff: view.byteOff + at + recordKind.typeField,
        need: `below ${btf.typeCount}`,
        have: typeId,
      });
    }
  }
  for (const field of recordKind.strFields) {
    if (!hasString(btf, view.u32(at + field))) throw badStrOff(btf, view, at + field, sectionWhat(info, sectionOff));
  }
}

function hasString(btf: Btf, strOff: number): boolean {
  return strOff === 0 || strOff < btf.strStart + btf.strings.length;
}

function badStrOff(btf: Btf, view: ByteView, at: number, what: string): DecodeError {
  return new DecodeError('BTF_STRING_OFF', what, 'string offset out of range', {
    byteOff: view.byteOff + at,
    need: `below ${btf.strStart + btf.strings.length}`,
    have: view.u32(at),
  });
}

/** Records of one ELF section, decoded when first asked for. A blob may have one for every 16 of its bytes, so there is little in each. */
class LazySection<T extends BtfExtRecord> implements BtfExtSection<T> {
  readonly #info: Info<T>;
  readonly #off: number;
  #records: readonly T[] | undefined;

  constructor(info: Info<T>, off: number) {
    this.#info = info;
    this.#off = off;
  }

  get sectionName(): string {
    const { btf, view } = this.#info;
    return btf.string(view.u32(this.#off));
  }

  get records(): readonly T[] {
    if (this.#records === undefined) {
      const { view, recordBytes, recordKind } = this.#info;
      const records: T[] = [];
      const count = view.u32(this.#off + 4);
      const known = recordKind.minBytes;
      for (let i = 0, at = this.#off + 8; i < count; i++, at += recordBytes) {
        const record = recordKind.decode(view, at);
        records.push(recordBytes === known ? record : { ...record, rest: readWords(view, at + known, at + recordBytes) });
      }
      this.#records = records;
    }
    return this.#records;
  }
}

function readWords(view: ByteView, from: number, to: number): number[] {
  const words: number[] = [];
  for (let at = from; at < to; at += 4) words.push(view.u32(at));
  return words;
}
