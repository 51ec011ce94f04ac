// Is this an ELF file, and of which byte order?
import { ByteView, Cursor, DecodeError } from '@rootlet/bytes';
import { EHDR_SIZE, ELF_MAGIC, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB, EV_CURRENT, SHDR_SIZE } from './constants.ts';

/** The file header, as far as relocatables need it. */
export interface ElfHeader {
  readonly littleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  /** File offset of the section headers; 0 when there are none. */
  readonly sectionsByteOff: number;
  /** `e_shnum`; 0 may mean that the number stands in section header 0. */
  readonly sectionCount: number;
  /** `e_shstrndx`. */
  readonly nameSectionIdx: number;
}

const WHAT = 'elf: header';

/** Reads `Elf64_Ehdr`. @throws `ELF_MAGIC` `ELF_CLASS` `ELF_BYTE_ORDER` `ELF_VERSION` `ELF_HEADER` `TRUNCATED` `VALUE_TOO_LARGE` */
export function parseHeader(bytes: Uint8Array): ElfHeader {
  const ident = new ByteView(bytes, WHAT, false);
  const magic = ident.u32(0);
  if (magic !== ELF_MAGIC) throw new DecodeError('ELF_MAGIC', WHAT, 'not an ELF file', { byteOff: 0, need: hex(ELF_MAGIC), have: hex(magic) });
  expect('ELF_CLASS', 'class', ident.u8(4), ELFCLASS64, 4);
  const order = ident.u8(5);
  if (order !== ELFDATA2LSB && order !== ELFDATA2MSB) {
    throw new DecodeError('ELF_BYTE_ORDER', WHAT, 'unknown byte order', { byteOff: 5, need: '1 or 2', have: order });
  }
  expect('ELF_VERSION', 'version', ident.u8(6), EV_CURRENT, 6);

  const cursor = new Cursor(new ByteView(bytes, WHAT, order === ELFDATA2LSB), 16);
  const type = cursor.readU16();
  const machine = cursor.readU16();
  expect('ELF_VERSION', 'version', cursor.readU32(), EV_CURRENT, 20);
  cursor.skip(16); // e_entry, e_phoff
  const sectionsByteOff = cursor.readSize64('e_shoff');
  const flags = cursor.readU32();
  expect('ELF_HEADER', 'e_ehsize', cursor.readU16(), EHDR_SIZE, 52);
  cursor.skip(4); // e_phentsize, e_phnum
  const entSize = cursor.readU16();
  const sectionCount = cursor.readU16();
  const nameSectionIdx = cursor.readU16();
  if (sectionsByteOff !== 0) expect('ELF_HEADER', 'e_shentsize', entSize, SHDR_SIZE, 58);
  else if (sectionCount !== 0) throw new DecodeError('ELF_HEADER', WHAT, 'sections without e_shoff', { byteOff: 40, have: sectionCount });
  return { littleEndian: order === ELFDATA2LSB, type, machine, flags, sectionsByteOff, sectionCount, nameSectionIdx };
}

function expect(code: string, field: string, have: number, need: number, byteOff: number): void {
  if (have !== need) throw new DecodeError(code, WHAT, `unexpected ${field}`, { byteOff, need, have });
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
