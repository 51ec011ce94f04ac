import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, rootlet } from './support.ts';

const fixture = (name: string): string => join(ROOT, 'packages/reloc/test/fixtures', `${name}.o`);

describe('rootlet core', () => {
  it('prints an object against kernels, and why it does not fit one', async () => {
    const { stdout, status } = await rootlet('core', fixture('core_local'), '--btf', fixture('core_target'), '--btf', fixture('core_local'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^program +question +about +core_target\.o +core_local\.o$/m);
    expect(stdout).toMatch(/^off_count +byte_off +struct object\.count +\d+ +8$/m);
    expect(stdout).toMatch(/^load_gone +byte_off +struct object\.gone +MISSING +\d+$/m);
    expect(stdout).toMatch(/core_target\.o: does not fit: 3 of \d+/);
    expect(stdout).toMatch(/load_gone: insn \d+ \(core_local\.c:\d+\): byte_off struct object\.gone: \[\d+\] struct object has no member 'gone'/);
    expect(stdout).toMatch(/core_local\.o: fits$/m);
  });

  it('exits with 0 when all fit', async () => {
    expect(await rootlet('core', fixture('core_local'), '--btf', fixture('core_local'))).toMatchObject({ status: 0 });
  });

  it('looks in the modules of the kernel that is named before them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const builder = new BtfBuilder();
      const int = builder.addInt('int', 4, BTF_INT_SIGNED);
      const base = builder.build();
      const split = new BtfBuilder({ base });
      split.addStruct('object', 64);
      split.addField('count', int, 8 * 44);
      const [kernel, module] = [join(folder, 'vmlinux'), join(folder, 'mod.btf')];
      writeFileSync(kernel, base.bytes);
      writeFileSync(module, split.build().bytes);
      const { stdout } = await rootlet('core', fixture('core_local'), '--btf', kernel, '--module', module, '--btf', fixture('core_local'));
      expect(stdout).toMatch(/^off_count +byte_off +struct object\.count +44 +8$/m);
      const without = await rootlet('core', fixture('core_local'), '--btf', kernel, '--btf', fixture('core_local'));
      expect(without.stdout).toMatch(/^off_count +byte_off +struct object\.count +MISSING +8$/m);
      expect(await rootlet('core', fixture('core_local'), '--btf', kernel, '--module', join(folder, 'nothing'))).toMatchObject({ status: 2 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints one JSON object a kernel', async () => {
    const { stdout } = await rootlet('core', '--json', fixture('core_local'), '--btf', fixture('core_target'));
    const report = JSON.parse(stdout) as { fits: boolean; relocations: { funcName: string }[] };
    expect(report).toMatchObject({ fits: false });
    expect(report.relocations.find(({ funcName }) => funcName === 'off_count')).toMatchObject({ kind: 'byte_off', access: 'struct object.count', outcome: 'value', part: 'imm' });
  });
});

describe('rootlet btf min-core', () => {
  it('writes a BTF that fits as the whole one does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const output = join(folder, 'min.btf');
      expect(await rootlet('btf', 'min-core', fixture('core_local'), output, fixture('core_local'))).toMatchObject({ status: 0 });
      expect(await rootlet('core', fixture('core_local'), '--btf', output)).toMatchObject({ status: 0 });
      expect((await rootlet('btf', 'dump', output)).stdout).toMatch(/STRUCT 'object'/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
