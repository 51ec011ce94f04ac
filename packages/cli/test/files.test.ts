import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { example, rootlet } from './support.ts';

describe('rootlet inspect', () => {
  it('shows programs, externs and exports with their prototypes', async () => {
    const { stdout, status } = await rootlet('inspect', example('linking/main_prog.o'));
    expect(status).toBe(0);
    expect(stdout).toContain('main_prog xdp');
    expect(stdout).toContain('int foo(struct xdp_md *, int)');
  });

  it('prints one object as JSON', async () => {
    const { stdout } = await rootlet('inspect', '--json', example('linking/map_helpers.o'));
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'map_helpers',
      byteOrder: 'little',
      maps: [{ name: 'calls', type: 'array', keySize: 4, valueSize: 8, maxEntries: 4 }, { name: 'map_help.bss' }],
      exports: [{ name: 'count', weak: false, prototype: 'int count(__u32 kind)' }],
    });
  });

  it('reads big-endian objects', async () => {
    const { stdout, status } = await rootlet('inspect', '--json', example('linking/helpers.bpfeb.o'));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ byteOrder: 'big', exports: [{ name: 'foo' }, { name: 'bar' }] });
  });
});

describe('rootlet disasm', () => {
  it('names what relocations refer to', async () => {
    const { stdout } = await rootlet('disasm', example('linking/main_prog.o'));
    expect(stdout).toContain('main_prog:');
    expect(stdout).toMatch(/\(85\) call foo$/m);
    expect(stdout).toMatch(/\(95\) exit$/m);
  });

  it("prints llvm-objdump's style", async () => {
    const { stdout } = await rootlet('disasm', '--style', 'llvm', example('linking/helpers.o'));
    expect(stdout).toContain('Disassembly of section .text:');
    expect(stdout).toContain('<foo>:');
  });
});

describe('rootlet btf dump', () => {
  it('prints types as bpftool does', async () => {
    const { stdout } = await rootlet('btf', 'dump', example('linking/helpers.o'));
    expect(stdout).toMatch(/^\[1\] PTR '\(anon\)' type_id=2$/m);
    expect(stdout).toMatch(/FUNC 'foo' type_id=\d+ linkage=global/);
  });

  it('prints JSON', async () => {
    const { stdout } = await rootlet('btf', 'dump', '--format', 'json', example('linking/helpers.o'));
    expect(JSON.parse(stdout).types[0]).toMatchObject({ id: 1, kind: 'PTR' });
  });

  it('says when there is no BTF', async () => {
    expect(await rootlet('btf', 'dump', example('programs/variants.nobtf.o'))).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('rootlet link', () => {
  it('writes an object that the other commands read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const output = join(folder, 'linked.o');
      expect(await rootlet('link', '-o', output, example('linking/main_prog.o'), example('linking/helpers.o'))).toMatchObject({ status: 0 });
      const { stdout } = await rootlet('inspect', '--json', output);
      expect(JSON.parse(stdout)).toMatchObject({ externs: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('bad usage and unreadable input', () => {
  it('exits with 2 and says what is wrong', async () => {
    expect(await rootlet('frobnicate')).toMatchObject({ status: 2, stderr: expect.stringContaining('frobnicate') });
    expect(await rootlet('run')).toMatchObject({ status: 2 });
    expect(await rootlet('inspect', '/no/such/file.o')).toMatchObject({ status: 2, stderr: expect.stringContaining('/no/such/file.o') });
    expect(await rootlet('run', example('linking/main_prog.o'), '--data', 'xyz')).toMatchObject({ status: 2, stderr: expect.stringContaining('--data') });
    expect(await rootlet('verify', '--type', 'nonsense', example('linking/main_prog.o'))).toMatchObject({ status: 2 });
  });

  it('names the place in a malformed file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const path = join(folder, 'short.o');
      writeFileSync(path, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1));
      expect(await rootlet('inspect', path)).toMatchObject({ status: 2, stderr: expect.stringMatching(/elf: header: truncated: .* at 0x10/) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('help and version are no failures', async () => {
    expect(await rootlet('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('verify') });
    expect(await rootlet('help', 'run')).toMatchObject({ status: 0, stdout: expect.stringContaining('--static') });
    expect(await rootlet('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
