// Does the layer check see what breaks the floors?
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { House } from './house.ts';

describe('a house in order', () => {
  it('passes, also where a file gives itself a name that Node has', () => {
    const house = new House();
    house.write('packages/low/src/low.ts', 'export function low(module: number, global: number): number { return module + global; }');
    expect(house.run('floors.mjs')).toMatchObject({ status: 0 });
    house.remove();
  }, 60_000);
});

/** What is done to the house, each in files of its own, and what must be said about it. */
const BREACHES: readonly [string, Record<string, string>, string][] = [
  ['an import from a higher floor', { 'packages/low/src/up.ts': "export { high } from '@rootlet/high';" }, 'packages/low/src/up.ts:1: @rootlet/high is on F2, not below F1'],
  ['a test that imports from a higher floor', { 'packages/low/test/up.test.ts': "import { high } from '@rootlet/high';" }, 'packages/low/test/up.test.ts:1: @rootlet/high is on F2'],
  ['a type from a higher floor', { 'packages/low/src/type.ts': "\nexport type Up = typeof import('@rootlet/high');" }, 'packages/low/src/type.ts:2: @rootlet/high is on F2'],
  ['an import that is not declared', { 'packages/high/src/pad.ts': "export { x } from 'left-pad';" }, 'packages/high/src/pad.ts:1: left-pad is not declared'],
  ['a file of another package', { 'packages/high/src/reach.ts': "export { low } from '../../low/src/low.ts';" }, 'reach.ts:1: ../../low/src/low.ts reaches into another package'],
  ['a file that is not there', { 'packages/high/src/ghost.ts': "export { x } from './nowhere.ts';" }, 'ghost.ts:1: ./nowhere.ts does not exist'],
  ['a module of Node below', { 'packages/low/src/fs.ts': "import { readFileSync } from 'fs';\nexport const read = readFileSync;" }, 'fs.ts:1: fs: @rootlet/low (F1) must run in a browser'],
  ['a global of Node below', { 'packages/low/src/buffer.ts': 'export const low = Buffer.from([]);' }, 'buffer.ts:1: Buffer: @rootlet/low'],
  ['a global of Node through globalThis', { 'packages/low/src/process.ts': 'export const low = globalThis.process;' }, 'process.ts:1: process: @rootlet/low'],
  [
    'files that import each other',
    { 'packages/low/src/chick.ts': "import { egg } from './egg.ts';\nexport const chick = egg;", 'packages/low/src/egg.ts': "import { chick } from './chick.ts';\nexport const egg = chick;" },
    'files import each other: chick.ts → egg.ts → chick.ts',
  ],
  ['a package without a floor', { 'packages/new/package.json': '{"name":"@rootlet/new"}' }, 'packages/new has no floor'],
  [
    'dependencies that the plan does not have, and those that go up',
    { 'packages/low/package.json': JSON.stringify({ name: '@rootlet/low', sideEffects: false, dependencies: { lodash: '^4.0.0' }, devDependencies: { '@rootlet/high': '^0.1.0' } }) },
    'packages/low/package.json: devDependencies: @rootlet/high is on F2',
  ],
  ['a dependency of the plan that is missing, and side effects', { 'packages/high/package.json': JSON.stringify({ name: '@rootlet/high' }) }, 'packages/high/package.json: @rootlet/low is missing'],
  ['a diagram that is stale', {}, 'docs/architecture.md: the diagram is stale'],
];

describe('a house with every breach', () => {
  let result: ReturnType<House['run']>;

  beforeAll(() => {
    const house = new House();
    for (const [, files] of BREACHES) for (const [path, text] of Object.entries(files)) house.write(path, text);
    result = house.run('floors.mjs');
    house.remove();
  }, 60_000);

  afterAll(() => {
    expect(result.status).toBe(1);
  });

  it.each(BREACHES)('sees %s', (_name, _files, message) => {
    expect(result.output).toContain(message);
  });
});
