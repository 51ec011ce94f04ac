// Which types does a file hold?
import { dumpJson, dumpRaw, parseBtfFile } from '@rootlet/btf';
import type { Io } from '../io.ts';

/** `rootlet btf dump FILE`: of an ELF file or a raw one; with a base, what is split on a distilled one is relocated onto it. */
export function btfDump(io: Io, path: string, options: { readonly format: 'raw' | 'json'; readonly base?: string }): void {
  const base = options.base === undefined ? undefined : parseBtfFile(io.read(options.base)).btf;
  const { btf } = parseBtfFile(io.read(path), { base });
  for (const text of options.format === 'json' ? dumpJson(btf) : dumpRaw(btf)) io.write(text);
}
