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
  what: 'func info',
  minBytes: 8,
  typeField: 4,
  strFields: [],
  decode: (view, at) => ({ insnIdx: view.u32(at) / SLOT_BYTES, typeId: view.u32(at + 4) }),
};

const LINE_INFO: RecordKind<BtfLineInfo> = {
  what: 'line info',
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
  what: 'core relocations',
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
      throw new DecodeError('BTF_SECTION', `btf.ext: header: ${recordKind.what}`, 'reaches outside of the blob', {
        byteOff: byteOff + field,
        need: `${off + len} bytes`,
        have: data.length,
      });
    }
    return parseInfo(view.slice(off, len, `btf.ext: ${recordKind.what}`), recordKind, options.btf);
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
  const sections: BtfExtSection<T>[] = [];
  for (let at = 4; at < view.length; ) {
    const nameOff = view.u32(at);
    const count = view.u32(at + 4);
    checkStrOff(btf, nameOff, view, at);
    const sectionName = btf.string(nameOff);
    const part = view.slice(at + 8, count * recordBytes, `${view.what}: ${sectionName}`);
    for (let i = 0; i < count; i++) checkRecord(part, i * recordBytes, recordKind, btf);
    sections.push(new LazySection(sectionName, part, recordBytes, recordKind));
    at += 8 + count * recordBytes;
  }
  return sections;
}

function checkRecord<T>(view: ByteView, at: number, recordKind: RecordKind<T>, btf: Btf): void {
  if (view.u32(at) % SLOT_BYTES !== 0) {
    throw new DecodeError('BTF_EXT_INSN_OFF', view.what, 'instruction offset is no multiple of 8', { byteOff: view.byteOff + at, have: view.u32(at) });
  }
  if (recordKind.typeField !== undefined) {
    const typeId = view.u32(at + recordKind.typeField);
    if (typeId >= btf.typeCount) {
      throw new DecodeError('BTF_TYPE_ID', view.what, 'type id out of range', {
        byteOff: view.byteOff + at + recordKind.typeField,
        need: `below ${btf.typeCount}`,
        have: typeId,
      });
    }
  }
  for (const field of recordKind.strFields) checkStrOff(btf, view.u32(at + field), view, at + field);
}

function checkStrOff(btf: Btf, strOff: number, view: ByteView, at: number): void {
  const end = btf.strStart + btf.strings.length;
  if (strOff >= end && strOff !== 0) {
    throw new DecodeError('BTF_STRING_OFF', view.what, 'string offset out of range', {
      byteOff: view.byteOff + at,
      need: `below ${end}`,
      have: strOff,
    });
  }
}

/** Records of one ELF section, decoded when first asked for. */
class LazySection<T extends BtfExtRecord> implements BtfExtSection<T> {
  readonly sectionName: string;
  readonly #view: ByteView;
  readonly #recordBytes: number;
  readonly #kind: RecordKind<T>;
  #records: readonly T[] | undefined;

  constructor(sectionName: string, view: ByteView, recordBytes: number, recordKind: RecordKind<T>) {
    this.sectionName = sectionName;
    this.#view = view;
    this.#recordBytes = recordBytes;
    this.#kind = recordKind;
  }

  get records(): readonly T[] {
    if (this.#records === undefined) {
      const records: T[] = [];
      const known = this.#kind.minBytes;
      for (let at = 0; at < this.#view.length; at += this.#recordBytes) {
        const record = this.#kind.decode(this.#view, at);
        if (this.#recordBytes === known) records.push(record);
        else records.push({ ...record, rest: readWords(this.#view, at + known, at + this.#recordBytes) });
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
