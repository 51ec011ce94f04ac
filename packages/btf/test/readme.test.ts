// Do the snippets of the README print what they say?
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import ts from 'typescript';
import * as btf from '../src/index.ts';

const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');

it('has snippets', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(4);
});

it.each(snippets.map((code, i) => [i, code] as const))('snippet %i prints what it says', (_i, code) => {
  const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
  };
  const js = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } }).outputText;
  const load = (name: string): unknown => {
    if (name === '@rootlet/btf') return btf;
    if (name === 'node:fs') return { readFileSync: (path: string) => readFileSync(join(__dirname, '..', '..', '..', path)) };
    throw new Error(`README imports ${name}`);
  };
  new Function('require', 'exports', 'console', js)(load, {}, { log });
  expect(said.length).toBeGreaterThan(0);
  expect(printed).toEqual(said);
});
