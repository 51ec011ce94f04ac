// Which TypeScript reads and writes data of these types?
import { generateTypeScript } from '@rootlet/btf';
import type { TsByteOrder } from '@rootlet/btf';
import { writeFileSync } from 'node:fs';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';
import { readPlacedBtf } from '../placed-btf.ts';

/** How to generate, and where to. */
export interface BtfTsOptions {
  readonly output?: string;
  readonly base?: string;
  readonly byteOrder?: TsByteOrder;
}

/** `rootlet btf ts FILE TYPE…` */
export function btfTs(io: Io, path: string, types: readonly string[], options: BtfTsOptions): void {
  const text = generateTypeScript(readPlacedBtf(io, path, options.base), { types, byteOrder: options.byteOrder });
  if (options.output === undefined) {
    io.write(text);
    return;
  }
  try {
    writeFileSync(options.output, text);
  } catch (error) {
    throw new InputError(options.output, 'cannot be written', error);
  }
}
