// What is a .BTF.ext in the other byte order?
import { UnsupportedError } from '@rootlet/bytes';
import type { ParsedBtfExt } from './ext.ts';
import { swapWords } from './words.ts';

/** Bytes of the header that is known; what is behind it, in a later version, may be of any width. */
const KNOWN_HEADER_BYTES = 32;

/**
 * The blob of a parsed `.BTF.ext` in the byte order that is asked for: a copy with nothing else changed, sizes of records included.
 *
 * @throws UNSUPPORTED when bytes would have to be reversed whose width is not known: in records or a header that are larger than known
 *   and hold more than zeros there
 * @libbpf btf_ext__set_endianness
 */
export function swapBtfExt(ext: ParsedBtfExt, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ext.bytes);
  if (ext.littleEndian === littleEndian) return bytes;
  for (const sections of [ext.funcInfo, ext.lineInfo, ext.coreRelos]) {
    for (const { sectionName, records } of sections) {
      if (records.some(({ rest }) => rest?.some((word) => word !== 0))) {
        throw new UnsupportedError(`reversing the byte order of .BTF.ext records that are larger than known, of section ${sectionName}`);
      }
    }
  }
  const headerLen = new DataView(bytes.buffer).getUint32(4, ext.littleEndian);
  if (bytes.subarray(KNOWN_HEADER_BYTES, headerLen).some((byte) => byte !== 0)) {
    throw new UnsupportedError('reversing the byte order of a .BTF.ext header that is larger than known');
  }
  if (bytes.length % 4 !== 0) throw new UnsupportedError('reversing the byte order of a .BTF.ext that is no multiple of 4 bytes long');
  swapWords(new Uint32Array(bytes.buffer));
  // The magic is 16 bits wide, version and flags are 8.
  bytes.set([ext.bytes[1]!, ext.bytes[0]!, ext.bytes[2]!, ext.bytes[3]!]);
  return bytes;
}
