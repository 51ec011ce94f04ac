// How do several objects become one file?
import { parseElf, SHN_UNDEF } from '@rootlet/elf';
import { linkObjects } from '@rootlet/reloc';
import { writeFileSync } from 'node:fs';
import { errorToJson, isRootletError } from '../errors.ts';
import { EXIT_REJECTED, InputError } from '../io.ts';
import type { Io } from '../io.ts';

/** What the command is told. */
export interface LinkCommandOptions {
  readonly output: string;
  readonly json?: boolean;
}

/**
 * `rootlet link -o OUT FILE...`: silent when all is well, as `bpftool gen object` is. Nothing is written when the objects do not
 * fit together (exit status 1) or one of them cannot be read (2).
 */
export function link(io: Io, paths: readonly string[], options: LinkCommandOptions): void {
  const inputs = paths.map((path) => ({ name: path, bytes: io.read(path) }));
  let linked: Uint8Array;
  try {
    linked = linkObjects(inputs);
  } catch (error) {
    if (!isRootletError(error) || error.name !== 'RelocError') throw error;
    if (options.json === true) io.print(JSON.stringify({ error: errorToJson(error) }));
    else io.warn(`${io.colors.red('error:')} ${error.message}`);
    io.fail(EXIT_REJECTED);
    return;
  }
  try {
    writeFileSync(options.output, linked);
  } catch (error) {
    throw new InputError(options.output, 'cannot be written', error);
  }
  if (options.json === true) io.print(JSON.stringify({ output: options.output, inputs: paths, ...describe(linked) }));
}

/** What came out, and what is still to be found elsewhere. */
function describe(linked: Uint8Array): Record<string, unknown> {
  const elf = parseElf(linked);
  const externs = elf.symbols.filter((symbol) => symbol.index > 0 && symbol.sectionIdx === SHN_UNDEF).map((symbol) => symbol.name);
  return {
    bytes: linked.length,
    sections: elf.sections.filter((section) => section.index > 0).map(({ name, size }) => ({ name, size })),
    externs,
  };
}
