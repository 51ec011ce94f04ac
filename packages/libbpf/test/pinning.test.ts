// Is an object pinned as a whole, or not at all, and found again?
//
// Also run on the running kernel, by pinning.kernel.test.ts.
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelError } from '@rootlet/loader';
import { BpfObject } from '../src/index.ts';
import { useBpffs } from './bpffs.ts';
import { newKernel, onLinux, openFds } from './streams/producers.ts';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(__dirname, '../../../docs/examples', path)));
const globals = read('programs/globals.o');
const settings = read('objects/settings.o');

describe(`pins on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel = newKernel();
  const bpffs = useBpffs();

  const isThere = (path: string): boolean => {
    try {
      kernel.close(kernel.objGet(path));
      return true;
    } catch {
      return false;
    }
  };

  it('keep all maps and programs of an object, beyond it', () => {
    const before = openFds();
    const object = BpfObject.open({ name: 'globals', bytes: globals }, { kernel }).load();
    const names = [...object.maps, ...object.programs].map(({ name }) => `${bpffs.folder}/all/${name.replaceAll('.', '_')}`);
    object.pin(`${bpffs.folder}/all`);
    expect(object.maps.every((map) => map.isPinned)).toBe(true);
    object.close();
    expect(names.map(isThere)).toEqual(names.map(() => true));
    for (const path of names) kernel.objUnpin(path);
    expect(names.map(isThere)).toEqual(names.map(() => false));
    expect(openFds()).toBe(before);
  });

  it('are taken back when one cannot be', () => {
    const before = openFds();
    const object = BpfObject.open({ name: 'globals', bytes: globals }, { kernel }).load();
    object.findProgram('globals')?.pin(`${bpffs.folder}/half/globals`);
    expect(() => object.pin(`${bpffs.folder}/half`)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(object.maps.map((map) => isThere(`${bpffs.folder}/half/${map.name.replaceAll('.', '_')}`))).toEqual(object.maps.map(() => false));
    expect(object.maps.some((map) => map.isPinned)).toBe(false);
    object.findProgram('globals')?.unpin(`${bpffs.folder}/half/globals`);
    object.pinPrograms(`${bpffs.folder}/half`);
    object.unpinPrograms(`${bpffs.folder}/half`);
    object.pin(`${bpffs.folder}/half`);
    object.unpin(`${bpffs.folder}/half`);
    expect(isThere(`${bpffs.folder}/half/globals`)).toBe(false);
    object.close();
    expect(openFds()).toBe(before);
  });

  it('by name are found by the next object, and refused when they are another kind of map', () => {
    const before = openFds();
    const open = (): BpfObject => BpfObject.open({ name: 'settings', bytes: settings }, { kernel, pinRootPath: `${bpffs.folder}/by-name` });
    const first = open().load();
    expect(first.findMap('shared')?.isPinned).toBe(true);
    const second = open().load();
    expect(second.findMap('shared')?.info().id).toBe(first.findMap('shared')?.info().id);
    second.close();
    const other = open();
    other.findMap('shared')?.setMaxEntries(77);
    expect(() => other.load()).toThrow(expect.objectContaining({ code: 'MAP_REUSE' }));
    first.unpinMaps();
    expect(first.findMap('shared')?.isPinned).toBe(false);
    first.pinMaps();
    first.unpinMaps();
    first.close();
    expect(openFds()).toBe(before);
  });

  it('are nothing but pins: no file is taken for one, and no path for the shorter one before its NUL', () => {
    const before = openFds();
    const object = BpfObject.open({ name: 'globals', bytes: globals }, { kernel }).load();
    const map = object.maps[0];
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-no-pins-'));
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    const codeOf = (action: () => unknown): unknown => {
      try {
        return action();
      } catch (error) {
        return (error as KernelError).name === 'KernelError' ? 'refused' : error;
      }
    };
    map?.pin(`${bpffs.folder}/kept`);
    const hostile = [file, `${file}\0`, `${bpffs.folder}/kept\0more`, `${bpffs.folder}/fresh\0more`, `${bpffs.folder}/../kept`, bpffs.folder, `${bpffs.folder}/`, '', '/', '.', 'x'.repeat(5000)];
    for (const path of hostile) {
      expect([path, codeOf(() => kernel.objUnpin(path)), codeOf(() => kernel.close(kernel.objGet(path))), codeOf(() => map?.pin(path))]).toEqual([path, 'refused', 'refused', 'refused']);
    }
    expect([readFileSync(file, 'utf8'), readdirSync(folder), isThere(`${bpffs.folder}/kept`), isThere(`${bpffs.folder}/fresh`)]).toEqual(['mine', ['file'], true, false]);
    kernel.objUnpin(`${bpffs.folder}/kept`);
    rmSync(folder, { recursive: true });
    object.close();
    expect(openFds()).toBe(before);
  });
});
