// What do the loader's tests share?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseObject } from '../src/index.ts';
import type { ObjectSpec } from '../src/index.ts';

const EXAMPLES = join(__dirname, '../../../docs/examples');

/** Bytes of a clang-built example, e.g. `linking/helpers.o`. */
export function exampleBytes(path: string): Uint8Array {
  return readFileSync(join(EXAMPLES, path));
}

/** Spec of a clang-built example of either byte order. */
export function exampleSpec(name: string, suffix: '.o' | '.bpfeb.o' = '.o'): ObjectSpec {
  return parseObject(exampleBytes(`linking/${name}${suffix}`), { name });
}
