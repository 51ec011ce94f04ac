import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BLIND, compareLoad, recordLoad, shorten } from './load-answers.ts';
import type { LoadAnswer } from './load-answers.ts';
import { exampleBytes } from './support.ts';

describe('what is asked of a kernel, as libbpf asked it', () => {
  const { loads } = JSON.parse(readFileSync(join(__dirname, 'fixtures/loads.json'), 'utf8')) as { loads: readonly (LoadAnswer & { readonly file: string })[] };

  // Where answers depend on the kernel's BTF, tools/load-diff.mjs compares with the one that runs.
  it('BTF, maps, programs, instructions, function and line information, updates and pins are the same', () => {
    expect(loads.length).toBeGreaterThan(50);
    const problems = loads.flatMap(({ file, ...theirs }) =>
      compareLoad(shorten(recordLoad(theirs.object, exampleBytes(file), BLIND, '')), theirs).map((problem) => `${file}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  it('a difference would be seen', () => {
    const [first] = loads.filter(({ calls }) => calls.length > 1);
    const { file = '', ...theirs } = first ?? { object: '', refused: false, calls: [] };
    const changed = { ...theirs, calls: theirs.calls.map((call) => (call['call'] === 'progLoad' ? { ...call, flags: 99 } : call)) };
    const ours = shorten(recordLoad(theirs.object, exampleBytes(file), BLIND, ''));
    expect(compareLoad(ours, changed)).toHaveLength(1);
    const otherBtf = { ...theirs, calls: theirs.calls.map((call) => (call['call'] === 'btfLoad' ? { ...call, bytes: '0123456789abcdef' } : call)) };
    expect(compareLoad(ours, otherBtf)).toEqual([expect.stringContaining('BTF: ')]);
  });
});
