// Which types does a file hold?
import { dumpC, dumpJson, dumpRaw, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { findSection, parseElf } from '@rootlet/elf';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';

/** How to print: `unsorted` is for `c` only. */
export interface BtfDumpOptions {
  readonly format: 'raw' | 'json' | 'c';
  readonly base?: string;
  readonly unsorted?: boolean;
}

/** `rootlet btf dump FILE` */
export function btfDump(io: Io, path: string, options: BtfDumpOptions): void {
  const base = options.base === undefined ? undefined : readBtf(io, options.base, undefined);
  const btf = readBtf(io, path, base);
  for (const text of dump(btf, options)) io.write(text);
}

function dump(btf: Btf, { format, unsorted }: BtfDumpOptions): Generator<string, void, undefined> {
  if (format === 'raw') return dumpRaw(btf);
  if (format === 'json') return dumpJson(btf);
  return dumpC(btf, { guard: '__VMLINUX_H__', preserveAccessIndex: true, kfuncs: true, order: unsorted === true ? 'id' : 'sorted' });
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
