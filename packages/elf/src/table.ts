// How many records of one size does a section hold?
import { type ByteView, DecodeError } from '@rootlet/bytes';
import type { SectionHeader } from './section.ts';

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
