// How does a BtfExt become bytes?
import { ByteWriter } from '@rootlet/bytes';
import type { BtfExt, BtfExtRecord, BtfExtSection } from './ext.ts';
import { BTF_MAGIC, BTF_VERSION } from './header.ts';

/** How to encode. */
export interface EncodeBtfExtOptions {
  readonly littleEndian: boolean;
  /** Offset in the BTF's string section of a text; adds it when absent, e.g. `BtfBuilder.addString`. */
  readonly addString: (text: string) => number;
}

const HEADER_BYTES = 32;
const SLOT_BYTES = 8;

/**
 * Encodes func, line and CO-RE records as `.BTF.ext`, with records of the known sizes (8, 16, 16 bytes) and of what else they bring along.
 * Type ids and string offsets are written as they are, so they must already be those of the BTF it will stand beside.
 * Sections without records are left out, as the kernel and libbpf refuse them.
 *
 * @source Documentation/bpf/btf.rst, section 4.2
 */
export function encodeBtfExt(ext: BtfExt, options: EncodeBtfExtOptions): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(options.littleEndian);
  out.writeU16(BTF_MAGIC).writeU8(BTF_VERSION).writeU8(0).writeU32(HEADER_BYTES).writeZeros(24);

  const writeInfo = <T extends BtfExtRecord>(field: number, knownBytes: number, sections: readonly BtfExtSection<T>[], write: (record: T) => void): void => {
    const used = sections.filter((section) => section.records.length > 0);
    const start = out.length;
    const restWords = mostRest(used);
    if (used.length > 0) out.writeU32(knownBytes + 4 * restWords);
    for (const section of used) {
      out.writeU32(options.addString(section.sectionName)).writeU32(section.records.length);
      for (const record of section.records) {
        write(record);
        // Shorter records, e.g. of another object, get zeros, as a reader takes what is not there.
        for (let i = 0; i < restWords; i++) out.writeU32(record.rest?.[i] ?? 0);
      }
    }
    out.patchU32(field, start - HEADER_BYTES).patchU32(field + 4, out.length - start);
  };
  writeInfo(8, 8, ext.funcInfo, (record) => out.writeU32(record.insnIdx * SLOT_BYTES).writeU32(record.typeId));
  writeInfo(16, 16, ext.lineInfo, (record) => {
    out.writeU32(record.insnIdx * SLOT_BYTES).writeU32(record.fileNameOff).writeU32(record.lineOff);
    out.writeU32((record.line << 10) | (record.column & 0x3ff));
  });
  writeInfo(24, 16, ext.coreRelos, (record) => {
    out.writeU32(record.insnIdx * SLOT_BYTES).writeU32(record.typeId).writeU32(record.accessStrOff).writeU32(record.kind);
  });
  return out.finish();
}

/** The longest rest of a record. */
function mostRest(sections: readonly BtfExtSection<BtfExtRecord>[]): number {
  let most = 0;
  for (const { records } of sections) for (const { rest } of records) if (rest !== undefined && rest.length > most) most = rest.length;
  return most;
}
