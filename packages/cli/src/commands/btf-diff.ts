// How do the types of two files differ?
import { diffBtf, formatDiff } from '@rootlet/btf';
import { EXIT_REJECTED } from '../io.ts';
import type { Io } from '../io.ts';
import { readPlacedBtf } from '../placed-btf.ts';

/** How to compare and print. */
export interface BtfDiffOptions {
  readonly json?: boolean;
  readonly base?: string;
  readonly newBase?: string;
}

/** `rootlet btf diff OLD NEW [TYPE…]`: the exit status is that of diff(1). */
export function btfDiff(io: Io, before: string, after: string, types: readonly string[], options: BtfDiffOptions): void {
  const diff = diffBtf(readPlacedBtf(io, before, options.base), readPlacedBtf(io, after, options.newBase ?? options.base), types.length === 0 ? {} : { types });
  const { added, removed, changed } = diff;
  if (options.json === true) io.print(JSON.stringify(diff, bigintToJson));
  else io.write(formatDiff(diff));
  if (added.length + removed.length + changed.length > 0) io.fail(EXIT_REJECTED);
}

/** Values of enumerators: numbers where these are exact, else text. */
function bigintToJson(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
