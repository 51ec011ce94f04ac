// Is the text the same, byte for byte, as bpftool's?
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BtfBuilder, dumpJson, dumpRaw, parseBtf } from '../src/index.ts';
import { describeWith, firstMissing, fixtureBtf, FIXTURES, fixtureText, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

describe('dumpRaw', () => {
  it.each(FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const))('prints %s.%s as bpftool does', (name, order) => {
    expect([...dumpRaw(fixtureBtf(name, order))].join('')).toBe(fixtureText(`${name}.raw.txt`));
  });

  it('prints only own types of a split BTF', () => {
    const base = fixtureBtf('kinds');
    const builder = new BtfBuilder({ base });
    builder.addPtr(2);
    builder.addDatasec('.x', 0, [{ type: 60, byteOff: 1, size: 2 }]);
    expect([...dumpRaw(builder.build())].join('')).toBe(
      `[${base.typeCount}] PTR '(anon)' type_id=2\n[${base.typeCount + 1}] DATASEC '.x' size=0 vlen=1\n\ttype_id=60 offset=1 size=2 (VAR 'depth')\n`,
    );
  });
});

describe('dumpJson', () => {
  it.each(FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const))('prints %s.%s as bpftool does', (name, order) => {
    expect([...dumpJson(fixtureBtf(name, order))].join('')).toBe(fixtureText(`${name}.raw.json`));
  });

  it('escapes what bpftool would break', () => {
    const builder = new BtfBuilder();
    builder.addFwd('a"\\\n\u0001€');
    expect(JSON.parse([...dumpJson(builder.build())].join(''))).toEqual({ types: [{ id: 1, kind: 'FWD', name: 'a"\\\n\u0001€', fwd_kind: 'struct' }] });
    expect(JSON.parse([...dumpJson(new BtfBuilder().build())].join(''))).toEqual({ types: [] });
  });
});

const vmlinux = vmlinuxBytes();
const hasBpftool = spawnSync('bpftool', ['version']).status === 0;
if (!hasBpftool) console.warn('skipped: comparisons with bpftool, which is not installed');

describeWith(firstMissing([hasBpftool, 'no bpftool here']), 'bpftool', () => {
  it('reads what is built and split, in both byte orders', () => {
    const dir = mkdtempSync(join(tmpdir(), 'rootlet-btf-'));
    try {
      for (const littleEndian of [true, false]) {
        const base = BtfBuilder.from(fixtureBtf('kinds')).build(littleEndian);
        const builder = new BtfBuilder({ base });
        builder.addBtf(fixtureBtf('layout'));
        builder.setName(builder.addTypedef('', 2), 'node');
        writeFileSync(join(dir, 'base.btf'), base.bytes);
        writeFileSync(join(dir, 'split.btf'), builder.encode(littleEndian));
        const run = spawnSync('bpftool', ['-B', join(dir, 'base.btf'), 'btf', 'dump', 'file', join(dir, 'split.btf')], { encoding: 'utf8' });
        expect([run.stderr, run.stdout]).toEqual(['', [...dumpRaw(builder.build(littleEndian))].join('')]);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX], [hasBpftool, 'no bpftool here']), 'vmlinux of the running kernel', () => {
  it.each([['text', dumpRaw, []], ['json', dumpJson, ['--json']]] as const)('is the same %s', (_what, dump, flags) => {
    const reference = spawnSync('bpftool', [...flags, 'btf', 'dump', 'file', '/sys/kernel/btf/vmlinux', 'format', 'raw'], { maxBuffer: 1 << 30 });
    expect(reference.status).toBe(0);
    const digest = createHash('sha256');
    let longest = 0;
    for (const chunk of dump(parseBtf(vmlinux ?? new Uint8Array()))) {
      digest.update(chunk);
      longest = Math.max(longest, chunk.length);
    }
    expect(digest.digest('hex')).toBe(createHash('sha256').update(reference.stdout).digest('hex'));
    expect(longest).toBeLessThan(1_000_000);
  });
});
