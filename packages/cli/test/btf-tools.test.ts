// Do `rootlet btf ts` and `rootlet btf diff` read what they are given and end as they should?
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { example, ROOT, rootlet } from './support.ts';

const FIXTURES = join(ROOT, 'packages/btf/test/fixtures');
const OLD = join(FIXTURES, 'diff/old.el.btf');
const NEW = join(FIXTURES, 'diff/new.el.btf');

describe('rootlet btf ts', () => {
  it('writes a module for types of a raw BTF', async () => {
    const { stdout, status } = await rootlet('btf', 'ts', join(FIXTURES, 'kinds.el.btf'), 'struct bits', 'color');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^export class bits extends BtfView \{$/m);
    expect(stdout).toMatch(/^export const color = \{$/m);
  });

  it('places the variables of an object by its symbols', async () => {
    const { stdout } = await rootlet('btf', 'ts', example('programs/variants.o'), '.data');
    expect(stdout).toMatch(/^export class data extends BtfView \{$/m);
    const places = [...stdout.matchAll(/; at (\d+)` \*\/$/gm)].map((match) => Number(match[1]));
    expect(new Set(places).size).toBe(places.length);
  });

  it('writes a file, in another byte order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const output = join(folder, 'bits.ts');
      expect(await rootlet('btf', 'ts', '-o', output, '--byte-order', 'constructor', join(FIXTURES, 'kinds.el.btf'), 'bits')).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(readFileSync(output, 'utf8')).toContain('littleEndian: boolean = true');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says what is missing', async () => {
    expect(await rootlet('btf', 'ts', OLD, 'nobody')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining("'nobody': no type of that name") });
    expect(await rootlet('btf', 'ts', OLD)).toMatchObject({ status: 2 });
    expect(await rootlet('btf', 'ts', '/no/such/file', 'x')).toMatchObject({ status: 2 });
  });
});

describe('rootlet btf diff', () => {
  it('is silent and 0 where nothing differs', async () => {
    expect(await rootlet('btf', 'diff', OLD, OLD)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await rootlet('btf', 'diff', OLD, NEW, 'same')).toEqual({ status: 0, stdout: '', stderr: '' });
    // The same types in the other byte order.
    const helpers = [example('linking/helpers.o'), example('linking/helpers.bpfeb.o')];
    expect(await rootlet('btf', 'diff', ...helpers, 'func foo')).toMatchObject({ status: 0 });
  });

  it('prints differences and ends with 1', async () => {
    const { stdout, status } = await rootlet('btf', 'diff', OLD, NEW, 'grown', 'func proto');
    expect(status).toBe(1);
    expect(stdout).toBe(' struct grown, 4 -> 8 bytes\n+    int y; at 4, 4 bytes\n-func int proto(u32 a)\n+func int proto(u32 a, u64 b)\n');
  });

  it('prints JSON', async () => {
    const { stdout, status } = await rootlet('btf', 'diff', '--json', OLD, NEW, 'enum color', 'gone');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      added: [], removed: [{ kind: 'struct', name: 'gone', size: 4 }],
      changed: [{ kind: 'enum', name: 'color', enumerators: [{ name: 'GREEN', before: 1, after: 5 }, { name: 'BLUE', before: 2 }, { name: 'VIOLET', after: 6 }] }],
    });
  });

  it('ends with 2 in trouble', async () => {
    expect(await rootlet('btf', 'diff', OLD, '/no/such/file')).toMatchObject({ status: 2, stdout: '' });
    expect(await rootlet('btf', 'diff', OLD, example('programs/variants.nobtf.o'))).toMatchObject({ status: 2, stdout: '' });
    expect(await rootlet('btf', 'diff', OLD)).toMatchObject({ status: 2 });
  });
});
