// How many records of one size does a section hold, and what are their 64-bit fields?
import { type ByteView, DecodeError } from '@rootlet/bytes';
import type { SectionHeader } from './section.ts';

/** What the upper half of a 64-bit value counts. */
const WORD = 2 ** 32;

/**
 * A 64-bit field whose place was checked; rounded when it does not fit 53 bits. Computed only where there is an upper half: what was
 * multiplied is kept as a floating-point number, in a piece of memory of its own.
 */
export function word64(data: DataView, off: number, littleEndian: boolean): number {
  const low = data.getUint32(littleEndian ? off : off + 4, littleEndian);
  const high = data.getUint32(littleEndian ? off + 4 : off, littleEndian);
  return high === 0 ? low : high * WORD + low;
}

/**
 * A table of records of one size inside a section.
 *
 * @returns the content and the number of records
 * @throws `code` when the record size is not `entSize` or the content is not a whole number of records
 */
export function openTable(file: ByteView, header: SectionHeader, entSize: number, code: string, what: string): { view: ByteView; count: number } {
  return { count: countRecords(header, entSize, code, what), view: file.slice(header.byteOff, header.size, what) };
}

/** Number of records of one size inside a section. @throws as {@link openTable} does */
export function countRecords(header: SectionHeader, entSize: number, code: string, what: string): number {
  if (header.entSize !== entSize) {
    throw new DecodeError(code, what, 'unexpected sh_entsize', { need: entSize, have: header.entSize });
  }
  if (header.size % entSize !== 0) {
    throw new DecodeError(code, what, 'size is not a multiple of sh_entsize', { byteOff: header.byteOff, need: `a multiple of ${entSize}`, have: header.size });
  }
  return header.size / entSize;
}
