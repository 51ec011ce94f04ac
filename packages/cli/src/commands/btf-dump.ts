// Which types does a file hold?
import { dumpC, dumpJson, dumpRaw, parseBtfFile } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { Io } from '../io.ts';

/** How to print: `unsorted` is for `c` only. */
export interface BtfDumpOptions {
  readonly format: 'raw' | 'json' | 'c';
  readonly base?: string;
  readonly unsorted?: boolean;
}

/** `rootlet btf dump FILE`: of an ELF file or a raw one; with a base, what is split on a distilled one is relocated onto it. */
export function btfDump(io: Io, path: string, options: BtfDumpOptions): void {
  const base = options.base === undefined ? undefined : parseBtfFile(io.read(options.base)).btf;
  for (const text of dump(parseBtfFile(io.read(path), { base }).btf, options)) io.write(text);
}

function dump(btf: Btf, { format, unsorted }: BtfDumpOptions): Generator<string, void, undefined> {
  if (format === 'raw') return dumpRaw(btf);
  if (format === 'json') return dumpJson(btf);
  return dumpC(btf, { guard: '__VMLINUX_H__', preserveAccessIndex: true, kfuncs: true, order: unsorted === true ? 'id' : 'sorted' });
}
