// Are files in archives found where they stand, and is everything else refused by name?
import { afterAll, describe, expect, it } from '@jest/globals';
import { KernelError } from '@rootlet/loader';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStored } from '../../src/attach/zip-entry.ts';
import { createZip } from './zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'rootlet-zip-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'app.apk');
const write = (bytes: Uint8Array): void => writeFileSync(path, bytes);
const ask = (name: string): ReturnType<typeof readStored> => readStored('attach uprobe', path, name);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const data = (content: string): Uint8Array => new TextEncoder().encode(content);

describe('a file in an archive', () => {
  it('is found by its whole name, where its bytes are', () => {
    const zip = createZip([{ name: 'lib/a.so', data: data('first') }, { name: 'lib/a.so.1', data: data('second'), padding: 100 }], 'a comment');
    write(zip);
    for (const [name, content] of [['lib/a.so', 'first'], ['lib/a.so.1', 'second']] as const) {
      const { byteOff, bytes } = ask(name);
      expect([text(bytes), text(zip.subarray(byteOff, byteOff + content.length))]).toEqual([content, content]);
    }
  });

  it.each([
    ['nothing', 'ENOENT', 'the archive has no such file'],
    ['small', 'EOPNOTSUPP', 'compressed (method 8)'],
    ['secret', 'EOPNOTSUPP', 'encrypted'],
  ])('%s: %s', (name, code, message) => {
    write(createZip([{ name: 'small', data: data('x'), method: 8 }, { name: 'secret', data: data('x'), flags: 1 }]));
    expect(() => ask(name)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  it('is not looked for in what is no archive, or is cut off', () => {
    write(data('no archive'));
    expect(() => ask('x')).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('this is no archive') }));
    const zip = createZip([{ name: 'x', data: data('content') }]);
    write(zip.subarray(20));
    expect(() => ask('x')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => readStored('attach uprobe', join(folder, 'none.apk'), 'x')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('ends in a KernelError or in bytes of the archive, whatever the archive says', () => {
    const zip = createZip([{ name: 'a', data: data('0123456789') }, { name: 'b', data: data('abc') }]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(zip.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(zip.length), (changes, cut) => {
        const bytes = new Uint8Array(zip);
        for (const [at, value] of changes) bytes[at] = value;
        write(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes);
        try {
          expect(ask('a').bytes.length).toBeLessThanOrEqual(zip.length);
        } catch (error) {
          if (!(error instanceof KernelError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
