import { describe, expect, it } from '@jest/globals';
import { parseElf } from '@rootlet/elf';
import type { ElfFile } from '@rootlet/elf';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePath } from '../../src/attach/elf-path.ts';
import { findFunction, listFunctions, openElf } from '../../src/attach/elf-symbols.ts';
import { findUsdtPlaces } from '../../src/attach/usdt-notes.ts';

/** Built from target.c beside it. */
const TARGET = join(__dirname, '../../../libbpf/test/attach/objects/target.so');
const target = openElf('test', TARGET);
const find = (name: string): number => findFunction('test', target, TARGET, name);

describe('functions of a library', () => {
  it('stand where readelf says', () => {
    expect([find('target_add'), find('target_sub'), find('target_mul')]).toEqual([0x10f9, 0x10fd, 0x1102]);
  });

  it('have versions: a bare name is the default one', () => {
    expect([find('target_versioned'), find('target_versioned@@ROOTLET_2'), find('target_versioned@ROOTLET_2'), find('target_versioned@ROOTLET_1')]).toEqual([
      0x113c, 0x113c, 0x113c, 0x1136,
    ]);
    expect(() => find('target_versioned@ROOTLET_3')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('are listed by a test of their names', () => {
    expect(listFunctions(target, (name) => /^target_(add|sub)$/.test(name)).map(({ name, version }) => `${name} ${version ?? ''}`).sort()).toEqual([
      'target_add ROOTLET_1',
      'target_sub ROOTLET_1',
    ]);
  });

  it('are not in what is no ELF file, or no program', () => {
    const object = join(__dirname, '../../../libbpf/test/attach/objects/net.o');
    expect(() => openElf('test', __filename)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => openElf('test', object)).toThrow('neither a program nor a library');
    expect(() => openElf('test', '/no/such/file')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('of a damaged file are found or refused, in bounded time', () => {
    const bytes = readFileSync(TARGET);
    let found = 0;
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = new Uint8Array(bytes);
      for (let run = at; run < Math.min(at + 3, damaged.length); run++) damaged[run] = 0xff;
      let elf: ElfFile;
      try {
        elf = parseElf(damaged);
      } catch {
        continue;
      }
      try {
        findFunction('test', elf, 'x', 'target_versioned@ROOTLET_1');
        findUsdtPlaces('test', elf, 'x', 'rootlet', 'twice');
        found++;
      } catch (error) {
        expect((error as Error).name).toMatch(/KernelError|DecodeError/);
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe('static probes of a library', () => {
  it('stand at offsets of the file, with their semaphores', () => {
    expect(findUsdtPlaces('test', target, TARGET, 'rootlet', 'twice')).toEqual([
      { fileOff: 0x1132, semaphoreOff: 0, args: '-4@$1' },
      { fileOff: 0x1134, semaphoreOff: 0, args: '-4@$2' },
    ]);
    expect(findUsdtPlaces('test', target, TARGET, 'rootlet', 'listened')).toEqual([{ fileOff: 0x1125, semaphoreOff: 0x3008, args: '' }]);
    expect(() => findUsdtPlaces('test', target, TARGET, 'other', 'twice')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('resolvePath', () => {
  it('looks for libraries where libraries are, for programs in PATH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-path-'));
    try {
      writeFileSync(join(folder, 'libmine.so.1'), '');
      writeFileSync(join(folder, 'tool'), '', { mode: 0o755 });
      writeFileSync(join(folder, 'text'), '', { mode: 0o644 });
      const env = { PATH: folder, LD_LIBRARY_PATH: folder };
      expect(resolvePath('test', 'libmine.so.1', env)).toBe(`${folder}/libmine.so.1`);
      expect(resolvePath('test', 'tool', env)).toBe(`${folder}/tool`);
      expect(resolvePath('test', `${folder}/text`, env)).toBe(`${folder}/text`);
      expect(() => resolvePath('test', 'libmine.so.2', env)).toThrow(`'libmine.so.2' is in none of ${folder}`);
      expect(() => resolvePath('test', 'text-that-is-not-there', env)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
