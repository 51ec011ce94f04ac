// Which sections are there, and where in the file is their content?
import { type ByteView, DecodeError } from '@rootlet/bytes';
import { CHDR_SIZE, SHDR_SIZE, SHF_COMPRESSED, SHN_UNDEF, SHN_XINDEX, SHT_NOBITS, SHT_NULL } from './constants.ts';
import type { ElfHeader } from './header.ts';
import { ParsedSection } from './section.ts';
import type { SectionHeader } from './section.ts';
import { word64 } from './table.ts';

/** Whoever puts sections one after the other pads up to this much. Pages of 2^21 bytes exist, sections aligned to them do not. */
const MAX_ALIGN = 2 ** 20;

/** The sections, and the number of the section that holds their names (0: none). */
export interface SectionTable {
  readonly sections: readonly ParsedSection[];
  readonly nameSectionIdx: number;
}

/**
 * Reads all section headers. A count or name section that does not fit 16 bits stands in header 0.
 *
 * @throws `ELF_SECTION` `TRUNCATED` `VALUE_TOO_LARGE`
 */
export function parseSectionHeaders(file: ByteView, header: ElfHeader): SectionTable {
  const start = header.sectionsByteOff;
  if (start === 0) return { sections: [], nameSectionIdx: 0 };
  const data = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  file.check(start, SHDR_SIZE, nameHeader(0));
  const first = parseSectionHeader(file, data, start, 0);
  if (first.type !== SHT_NULL) {
    throw new DecodeError('ELF_SECTION', 'elf: section header 0', 'not the null section', { byteOff: start + 4, need: SHT_NULL, have: first.type });
  }
  const count = header.sectionCount === 0 ? first.size : header.sectionCount;
  file.check(start, count * SHDR_SIZE, 'elf: section headers');
  const sections = [first];
  for (let index = 1; index < count; index++) sections.push(parseSectionHeader(file, data, start + index * SHDR_SIZE, index));
  const nameSectionIdx = header.nameSectionIdx === SHN_XINDEX ? first.link : header.nameSectionIdx;
  return { sections, nameSectionIdx: nameSectionIdx === SHN_UNDEF ? 0 : nameSectionIdx };
}

/** Says which field is too large. */
function rejectLarge(header: ByteView): void {
  for (const [field, off] of [['sh_flags', 8], ['sh_offset', 24], ['sh_size', 32], ['sh_addralign', 48], ['sh_entsize', 56]] as const) header.size64(off, field);
}

function nameHeader(index: number): string {
  return `elf: section header ${index}`;
}

/** @param data the whole file, in which the header's place was checked */
function parseSectionHeader(file: ByteView, data: DataView, byteOff: number, index: number): ParsedSection {
  const order = file.littleEndian;
  const nameOff = data.getUint32(byteOff, order);
  const type = data.getUint32(byteOff + 4, order);
  const flags = word64(data, byteOff + 8, order);
  // Addresses of linked files may need all 64 bits; nothing here computes with them.
  const addr = word64(data, byteOff + 16, order);
  const contentOff = word64(data, byteOff + 24, order);
  const size = word64(data, byteOff + 32, order);
  const link = data.getUint32(byteOff + 40, order);
  const info = data.getUint32(byteOff + 44, order);
  const addrAlign = word64(data, byteOff + 48, order);
  const entSize = word64(data, byteOff + 56, order);
  if (Math.max(flags, contentOff, size, addrAlign, entSize) > Number.MAX_SAFE_INTEGER) rejectLarge(file.slice(byteOff, SHDR_SIZE, nameHeader(index)));
  const hasContent = type !== SHT_NULL && type !== SHT_NOBITS;
  if (hasContent && contentOff + size > file.length) {
    throw new DecodeError('TRUNCATED', nameHeader(index), 'content outside of the file', {
      byteOff: byteOff + 24,
      need: `${size} bytes at 0x${contentOff.toString(16)}`,
      have: `${file.length} bytes in the file`,
    });
  }
  if (addrAlign > MAX_ALIGN || (addrAlign & (addrAlign - 1)) !== 0) {
    throw new DecodeError('ELF_SECTION', nameHeader(index), 'senseless alignment', { byteOff: byteOff + 48, need: `a power of two up to ${MAX_ALIGN}`, have: addrAlign });
  }
  const memSize = (flags & SHF_COMPRESSED) !== 0 && hasContent ? parseUnpackedSize(file, contentOff, size, nameHeader(index)) : size;
  return new ParsedSection(file, index, nameOff, type, flags, addr, contentOff, size, memSize, link, info, addrAlign, entSize);
}

/** `ch_size` of the `Elf64_Chdr` that begins a compressed section; claimed, not checked. @throws `TRUNCATED` `VALUE_TOO_LARGE` */
function parseUnpackedSize(file: ByteView, byteOff: number, size: number, what: string): number {
  return file.slice(byteOff, size, what).slice(0, CHDR_SIZE, `${what}: compression header`).size64(8, 'ch_size');
}

/**
 * Rejects files in which two sections share bytes: a thousand relocation tables on top of each other would cost a thousand
 * times the file's size. Compilers and linkers never write such files.
 *
 * @throws `ELF_OVERLAP`
 */
export function rejectOverlaps(headers: readonly SectionHeader[]): void {
  const placed = orderByPlace(headers);
  for (let i = 1; i < placed.length; i++) {
    const before = placed[i - 1];
    const item = placed[i];
    if (before !== undefined && item !== undefined && before.byteOff + before.size > item.byteOff) {
      throw new DecodeError('ELF_OVERLAP', `elf: section header ${item.index}`, `content overlaps that of section ${before.index}`, {
        byteOff: item.byteOff,
        need: `at least 0x${(before.byteOff + before.size).toString(16)}`,
        have: `0x${item.byteOff.toString(16)}`,
      });
    }
  }
}

/** Up to this many sections, putting each in its place as it comes beats sorting: all but one or two are in order. */
const FEW_SECTIONS = 64;

/** Sections that have bytes in the file, in order of their places. */
function orderByPlace(headers: readonly SectionHeader[]): SectionHeader[] {
  const placed: SectionHeader[] = [];
  for (const header of headers) {
    if (!header.hasContent || header.size === 0) continue;
    let at = placed.push(header) - 1;
    if (headers.length > FEW_SECTIONS) continue;
    for (let before = placed[at - 1]; before !== undefined && before.byteOff > header.byteOff; before = placed[--at - 1]) placed[at] = before;
    placed[at] = header;
  }
  return headers.length > FEW_SECTIONS ? placed.sort((a, b) => a.byteOff - b.byteOff) : placed;
}
