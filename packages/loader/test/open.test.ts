import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compareObject, describeObject } from './open-answers.ts';
import type { ObjectAnswer } from './open-answers.ts';
import { exampleBytes } from './support.ts';

describe('objects, as libbpf opened them', () => {
  const file = join(__dirname, 'fixtures/objects.json');
  const { objects } = JSON.parse(readFileSync(file, 'utf8')) as { objects: readonly (ObjectAnswer & { readonly file: string })[] };
  const manifest = JSON.parse(exampleText('manifest.json')) as { objects: readonly { object: string }[] };

  it('libbpf was asked about every example that is for BPF', () => {
    const asked = new Set(objects.map((answer) => answer.file));
    expect(manifest.objects.map(({ object }) => object).filter((object) => !asked.has(object))).toEqual([]);
  });

  it.each(['linking', 'objects', 'programs'])('%s: the same programs, maps and bytes', (folder) => {
    const answers = objects.filter((answer) => answer.file.startsWith(`${folder}/`));
    expect(answers.length).toBeGreaterThan(20);
    const problems = answers.flatMap((answer) => {
      const { file: path, ...theirs } = answer;
      return compareObject(describeObject(answer.object, exampleBytes(path)), theirs).map((problem) => `${path}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  // What the comparison would miss if both sides refused too much.
  it('most of them open', () => {
    expect(objects.filter(({ error }) => error === undefined).length).toBeGreaterThan(200);
  });
});

function exampleText(path: string): string {
  return new TextDecoder().decode(exampleBytes(path));
}
