// Which static probes does a program or library have?
import { SHT_NOTE } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';

const NT_STAPSDT = 3;
const NOTE_HEADER_BYTES = 12;
/** Location, base and semaphore, 8 bytes each, before the three texts. */
const ADDRESSES_BYTES = 24;
const PT_LOAD = 1;
const PF_X = 1;
const PHDR_BYTES = 56;

/** A place where a static probe stands. */
export interface UsdtPlace {
  /** Offset of the instruction in the file, bytes. */
  readonly fileOff: number;
  /** Offset in the file of the counter that says that somebody listens; 0 when there is none. */
  readonly semaphoreOff: number;
  /** What the arguments are, as `sys/sdt.h` writes it. */
  readonly args: string;
}

/** A part of the file that is mapped. */
interface Segment {
  readonly address: number;
  readonly fileOff: number;
  readonly size: number;
  readonly executable: boolean;
}

/**
 * All places of a probe: inlining makes several of one.
 *
 * @throws KernelError `ENOENT` when there is none, `EINVAL` when the notes are malformed
 * @source https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
 */
export function findUsdtPlaces(operation: string, elf: ElfFile, path: string, provider: string, name: string): readonly UsdtPlace[] {
  const section = elf.sections.find((candidate) => candidate.type === SHT_NOTE && candidate.name === '.note.stapsdt');
  if (section === undefined) throw new KernelError(operation, ENOENT, `'${path}' has no static probes (.note.stapsdt)`);
  const segments = readSegments(operation, elf, path);
  const base = elf.sections.find((candidate) => candidate.name === '.stapsdt.base')?.addr;
  const found = readNotes(operation, elf, section, path)
    .filter((note) => note.provider === provider && note.name === name)
    .map((note): UsdtPlace => {
      // Prelinking moves the sections and leaves the notes.
      const moved = base === undefined || note.base === 0 ? 0 : base - note.base;
      const fileOff = toFileOff(segments, note.location + moved, true);
      const semaphoreOff = note.semaphore === 0 ? 0 : toFileOff(segments, note.semaphore + moved, false);
      if (fileOff === undefined || semaphoreOff === undefined) {
        throw new KernelError(operation, EINVAL, `'${path}': probe ${provider}:${name} stands in no part of the file that is mapped`);
      }
      return { fileOff, semaphoreOff, args: note.args };
    });
  if (found.length === 0) throw new KernelError(operation, ENOENT, `'${path}' has no static probe ${provider}:${name}`);
  return found;
}

interface Note {
  readonly location: number;
  readonly base: number;
  readonly semaphore: number;
  readonly provider: string;
  readonly name: string;
  readonly args: string;
}

function readNotes(operation: string, elf: ElfFile, section: ElfSection, path: string): Note[] {
  const { data } = section;
  const wide = new DataView(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength);
  const text = new TextDecoder('latin1');
  const notes: Note[] = [];
  for (let byteOff = 0; byteOff + NOTE_HEADER_BYTES <= data.length; ) {
    const [nameSize, descSize, type] = [data.u32(byteOff), data.u32(byteOff + 4), data.u32(byteOff + 8)];
    const descOff = byteOff + NOTE_HEADER_BYTES + align4(nameSize);
    const end = descOff + descSize;
    if (end > data.length) throw new KernelError(operation, EINVAL, `'${path}': a note at 0x${byteOff.toString(16)} of .note.stapsdt reaches beyond it`);
    if (type === NT_STAPSDT && descSize >= ADDRESSES_BYTES) {
      const address = (at: number): number => Number(wide.getBigUint64(descOff + 8 * at, elf.littleEndian));
      const [provider = '', name = '', args = ''] = text.decode(data.bytes.subarray(descOff + ADDRESSES_BYTES, end)).split('\0');
      notes.push({ location: address(0), base: address(1), semaphore: address(2), provider, name, args });
    }
    byteOff = descOff + align4(descSize);
  }
  return notes;
}

function align4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Program headers, which `ElfFile` leaves out: only files that run have them. */
function readSegments(operation: string, elf: ElfFile, path: string): Segment[] {
  const { bytes, littleEndian } = elf;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tableOff = Number(data.getBigUint64(32, littleEndian));
  const [entrySize, count] = [data.getUint16(54, littleEndian), data.getUint16(56, littleEndian)];
  if (count === 0 || entrySize < PHDR_BYTES || tableOff + count * entrySize > bytes.length) {
    throw new KernelError(operation, EINVAL, `'${path}' has no program headers`);
  }
  return Array.from({ length: count }, (_, idx) => tableOff + idx * entrySize)
    .filter((byteOff) => data.getUint32(byteOff, littleEndian) === PT_LOAD)
    .map((byteOff) => ({
      executable: (data.getUint32(byteOff + 4, littleEndian) & PF_X) !== 0,
      fileOff: Number(data.getBigUint64(byteOff + 8, littleEndian)),
      address: Number(data.getBigUint64(byteOff + 16, littleEndian)),
      size: Number(data.getBigUint64(byteOff + 40, littleEndian)),
    }));
}

function toFileOff(segments: readonly Segment[], address: number, executable: boolean): number | undefined {
  const segment = segments.find((candidate) => candidate.executable === executable && address >= candidate.address && address < candidate.address + candidate.size);
  return segment === undefined ? undefined : address - segment.address + segment.fileOff;
}
