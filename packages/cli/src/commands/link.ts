// How do several objects become one file?
import { linkObjects } from '@rootlet/reloc';
import { writeFileSync } from 'node:fs';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';
import { nameOf } from '../objects.ts';

/** `rootlet link -o OUT FILE...` */
export function link(io: Io, paths: readonly string[], options: { readonly output: string }): void {
  const linked = linkObjects(paths.map((path) => ({ name: nameOf(path), bytes: io.read(path) })));
  try {
    writeFileSync(options.output, linked);
  } catch (error) {
    throw new InputError(options.output, 'cannot be written', error);
  }
}
