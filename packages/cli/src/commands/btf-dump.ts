// Which types does a file hold?
import { dumpJson, dumpRaw, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { findSection, parseElf } from '@rootlet/elf';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';

/** `rootlet btf dump FILE` */
export function btfDump(io: Io, path: string, options: { readonly format: 'raw' | 'json'; readonly base?: string }): void {
  const base = options.base === undefined ? undefined : readBtf(io, options.base, undefined);
  const btf = readBtf(io, path, base);
  for (const text of options.format === 'json' ? dumpJson(btf) : dumpRaw(btf)) io.write(text);
}

/** BTF of an ELF file's `.BTF` section, or of a raw file. */
function readBtf(io: Io, path: string, base: Btf | undefined): Btf {
  const bytes = io.read(path);
  const options = base === undefined ? {} : { base };
  const isElf = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  if (!isElf) return parseBtf(bytes, options);
  const section = findSection(parseElf(bytes), '.BTF');
  if (section === undefined) throw new InputError(path, 'has no section .BTF; compile with -g');
  return parseBtf(section.data.bytes, { ...options, byteOff: section.byteOff });
}
