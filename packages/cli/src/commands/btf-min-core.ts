// Which part of a kernel's BTF do objects need?
import { parseBtfFile } from '@rootlet/btf';
import { minCoreBtf } from '@rootlet/reloc';
import { writeFileSync } from 'node:fs';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';

/** `rootlet btf min-core TARGET OUT OBJ…` */
export function btfMinCore(io: Io, target: string, output: string, paths: readonly string[]): void {
  const bytes = minCoreBtf(paths.map((path) => io.read(path)), parseBtfFile(io.read(target)).btf);
  try {
    writeFileSync(output, bytes);
  } catch (error) {
    throw new InputError(output, 'cannot be written', error);
  }
}
