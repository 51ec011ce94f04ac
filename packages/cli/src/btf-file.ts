// Which types does a file hold: raw BTF, or the section of an ELF file?
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { findSection, parseElf } from '@rootlet/elf';
import { InputError } from './io.ts';
import type { Io } from './io.ts';

/** Whether the bytes begin as an ELF file does. */
function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * BTF of an ELF file's `.BTF` section, or of a raw file.
 *
 * @param base what a split BTF continues
 * @throws InputError when there is none; DecodeError when it is malformed
 */
export function readBtfFile(io: Io, path: string, base?: Btf): Btf {
  const bytes = io.read(path);
  const options = base === undefined ? {} : { base };
  if (!isElf(bytes)) return parseBtf(bytes, options);
  const section = findSection(parseElf(bytes), '.BTF');
  if (section === undefined) throw new InputError(path, 'has no section .BTF; compile with -g');
  return parseBtf(section.data.bytes, { ...options, byteOff: section.byteOff });
}
