// Where in an ELF file are the sections that hold BTF?
//
// No more of ELF than that: whoever wants only BTF needs no other package.
import { ByteView, DecodeError, UnsupportedError } from '@rootlet/bytes';

/** A section's bytes and where in the file they begin. */
export interface ElfPart {
  readonly bytes: Uint8Array;
  readonly byteOff: number;
}

/** The sections that hold BTF, as far as a file has them. */
export interface BtfElfParts {
  readonly btf: ElfPart | undefined;
  readonly ext: ElfPart | undefined;
  readonly base: ElfPart | undefined;
}

/** Where the fields stand that are needed, by class. */
interface ElfClass {
  readonly wide: boolean;
  /** In the file header. */
  readonly shoff: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
  /** In a section header: its length, and the fields after `sh_name` and `sh_type`. */
  readonly entryBytes: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const ELF32: ElfClass = { wide: false, shoff: 32, shentsize: 46, shnum: 48, shstrndx: 50, entryBytes: 40, flags: 8, offset: 16, size: 20, link: 24 };
const ELF64: ElfClass = { wide: true, shoff: 40, shentsize: 58, shnum: 60, shstrndx: 62, entryBytes: 64, flags: 8, offset: 24, size: 32, link: 40 };

const SHT_NOBITS = 8;
const SHF_COMPRESSED = 0x800;
/** `e_shstrndx` when the index stands in section header 0. */
const SHN_XINDEX = 0xffff;

/** Whether these bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Finds `.BTF`, `.BTF.ext` and `.BTF.base` of an ELF file of 32 or 64 bits and either byte order; the first section of a name counts.
 *
 * @throws `ELF_MAGIC`, `ELF_CLASS`, `ELF_BYTE_ORDER`, `ELF_HEADER`, `ELF_SECTION`, `TRUNCATED`, `VALUE_TOO_LARGE`
 * @throws UNSUPPORTED when one of these sections is compressed
 * @source System V ABI, "Object Files", extended section numbering included
 */
export function locateBtf(bytes: Uint8Array): BtfElfParts {
  const what = 'elf: header';
  if (!isElf(bytes)) throw new DecodeError('ELF_MAGIC', what, 'not an ELF file', { byteOff: 0 });
  const ident = new ByteView(bytes, what, true);
  const classByte = ident.u8(4);
  if (classByte !== 1 && classByte !== 2) throw new DecodeError('ELF_CLASS', what, 'unknown class', { byteOff: 4, need: '1 or 2', have: classByte });
  const order = ident.u8(5);
  if (order !== 1 && order !== 2) throw new DecodeError('ELF_BYTE_ORDER', what, 'unknown byte order', { byteOff: 5, need: '1 or 2', have: order });
  const elf = classByte === 1 ? ELF32 : ELF64;
  const view = new ByteView(bytes, what, order === 1);

  const tableOff = word(view, elf, elf.shoff, 'e_shoff');
  if (tableOff === 0) return { btf: undefined, ext: undefined, base: undefined };
  const entryBytes = view.u16(elf.shentsize);
  if (entryBytes !== elf.entryBytes) {
    throw new DecodeError('ELF_HEADER', what, 'unexpected e_shentsize', { byteOff: elf.shentsize, need: elf.entryBytes, have: entryBytes });
  }
  const first = view.slice(tableOff, entryBytes, 'elf: section header 0');
  const count = view.u16(elf.shnum) || word(first, elf, elf.size, 'sh_size');
  const table = view.slice(tableOff, count * entryBytes, 'elf: section headers');
  const namesIdx = view.u16(elf.shstrndx) === SHN_XINDEX ? first.u32(elf.link) : view.u16(elf.shstrndx);
  if (namesIdx >= count) {
    throw new DecodeError('ELF_HEADER', what, 'no such section with names', { byteOff: elf.shstrndx, need: `below ${count}`, have: namesIdx });
  }
  const names = contents(bytes, table, elf, namesIdx, 'names').bytes;

  const found = new Map<string, number>();
  for (let idx = 1; idx < count; idx++) {
    const nameOff = table.u32(idx * entryBytes);
    const name = SECTION_NAMES.find((text) => nameIs(names, nameOff, text));
    if (name !== undefined && !found.has(name)) found.set(name, idx);
  }
  const part = (name: string): ElfPart | undefined => {
    const idx = found.get(name);
    return idx === undefined ? undefined : contents(bytes, table, elf, idx, name);
  };
  return { btf: part('.BTF'), ext: part('.BTF.ext'), base: part('.BTF.base') };
}

const SECTION_NAMES: readonly string[] = ['.BTF', '.BTF.ext', '.BTF.base'];

function nameIs(names: Uint8Array, off: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (names[off + i] !== text.charCodeAt(i)) return false;
  return names[off + text.length] === 0;
}

/** A field that is as wide as the class. */
function word(view: ByteView, elf: ElfClass, off: number, field: string): number {
  return elf.wide ? view.size64(off, field) : view.u32(off);
}

function contents(bytes: Uint8Array, table: ByteView, elf: ElfClass, idx: number, name: string): ElfPart {
  const header = table.slice(idx * elf.entryBytes, elf.entryBytes, `elf: section ${idx} (${name})`);
  const size = word(header, elf, elf.size, 'sh_size');
  const byteOff = word(header, elf, elf.offset, 'sh_offset');
  if (header.u32(4) === SHT_NOBITS) throw new DecodeError('ELF_SECTION', header.what, 'has no bytes in the file', { byteOff: header.byteOff + 4 });
  // The flags' high half means nothing here.
  const flagsOff = elf.wide && !header.littleEndian ? elf.flags + 4 : elf.flags;
  if ((header.u32(flagsOff) & SHF_COMPRESSED) !== 0) {
    throw new UnsupportedError(`compressed section ${name}; decompress it first, e.g. with objcopy --decompress-debug-sections`, { byteOff: header.byteOff + elf.flags });
  }
  if (byteOff + size > bytes.length) {
    throw new DecodeError('ELF_SECTION', header.what, 'reaches outside of the file', {
      byteOff: header.byteOff + elf.offset,
      need: `${byteOff + size} bytes`,
      have: bytes.length,
    });
  }
  return { bytes: bytes.subarray(byteOff, byteOff + size), byteOff };
}
