// Does the minimal BTF give the answers of the whole one?
import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BTF_KIND_STRUCT, parseBtf } from '@rootlet/btf';
import type { Btf, BtfComposite } from '@rootlet/btf';
import { applyCoreRelos, CoreTarget, minCoreBtf, openCoreObject } from '../src/index.ts';
import { openObject, readObject } from './objects.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const hasBpftool = spawnSync('bpftool', ['version']).status === 0;

describe.each(['', '.be'])('minCoreBtf%s', (suffix) => {
  const object = openCoreObject(readObject(`core_local${suffix}`));
  const target = openObject(readObject(`core_target${suffix}`)).btf as Btf;
  const minimal = parseBtf(minCoreBtf(readObject(`core_local${suffix}`), target));

  it('gives the same instructions, but for type ids', () => {
    const insnsFor = (btf: Btf): unknown[] =>
      applyCoreRelos(object.model, object.btf as Btf, new CoreTarget(btf)).model.funcs.filter(({ name }) => name !== 'type_id_target').map(({ insns }) => insns);
    expect(insnsFor(minimal)).toEqual(insnsFor(target));
    expect(minimal.littleEndian).toBe(suffix === '');
  });

  it('keeps what is needed, and no more', () => {
    const members = (name: string): string[] => (minimal.type(minimal.findByNameKind(name, BTF_KIND_STRUCT) ?? 0) as BtfComposite).members.map((member) => member.name);
    expect(members('inner')).toEqual(['port']);
    expect(members('object')).not.toContain('pad');
    expect(minimal.typeCount).toBeLessThanOrEqual(target.typeCount);
  });
});

it('of nothing is empty', () => {
  expect(parseBtf(minCoreBtf([], openObject(readObject('core_target')).btf as Btf)).typeCount).toBe(1);
});

(hasBpftool ? it : it.skip)('is what bpftool makes, type by type (needs bpftool)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
  const path = (name: string): string => join(folder, name);
  const dump = (name: string): string => execFileSync('bpftool', ['btf', 'dump', 'file', path(name)], { encoding: 'utf8' });
  try {
    const targets = [(openObject(readObject('core_target')).btf as Btf).bytes, ...(existsSync(VMLINUX) ? [readFileSync(VMLINUX)] : [])];
    for (const bytes of targets) {
      for (const names of [['core_local'], ['unit_a'], ['core_local', 'unit_a', 'collect']]) {
        const objects = names.map((name) => join(import.meta.dirname, 'fixtures', `${name}.o`));
        writeFileSync(path('target'), bytes);
        execFileSync('bpftool', ['gen', 'min_core_btf', path('target'), path('theirs'), ...objects]);
        writeFileSync(path('ours'), minCoreBtf(names.map(readObject), parseBtf(new Uint8Array(bytes))));
        expect(dump('ours')).toBe(dump('theirs'));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

