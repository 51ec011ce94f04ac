import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  it('prints a C header, sorted or not', async () => {
    const { stdout } = await rootlet('btf', 'dump', '--format', 'c', example('linking/helpers.o'));
    expect(stdout).toMatch(/^#ifndef __VMLINUX_H__\n/);
    expect(stdout).toContain('struct xdp_md {');
    const { stdout: unsorted } = await rootlet('btf', 'dump', '--format', 'c', '--unsorted', example('linking/helpers.o'));
    expect(unsorted.split('\n').sort()).toEqual(stdout.split('\n').sort());
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

describe('link', () => {
  const [main, helpers] = [example('linking/main_prog.o'), example('linking/helpers.o')];
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'rootlet-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is silent when all is well, and says what came out as JSON', async () => {
    const output = join(folder, 'linked.o');
    expect(await rootlet('link', '-o', output, main, helpers)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { stdout, status } = await rootlet('link', '--json', '-o', output, main);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ output, inputs: [main], bytes: readFileSync(output).length, externs: ['foo', 'bar'] });
    expect((JSON.parse(stdout) as { sections: { name: string }[] }).sections.map(({ name }) => name)).toEqual(expect.arrayContaining(['.text', '.BTF', '.BTF.ext', '.symtab']));
  });

  it('exits with 1, names both definitions and writes nothing when objects do not fit', async () => {
    const output = join(folder, 'linked.o');
    const both = new RegExp(`symbol 'foo': defined twice: function in section .text of '.*helpers.o' at 0x0 \\(helpers.c:\\d+\\) and function`);
    expect(await rootlet('link', '-o', output, helpers, helpers)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(both) });
    const { stdout, status } = await rootlet('link', '--json', '-o', output, helpers, helpers);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'LINK_DUPLICATE', message: expect.stringMatching(both) } });
    expect(existsSync(output)).toBe(false);
  });

  it('exits with 2 when a file cannot be read, is no object, or cannot be written', async () => {
    const text = join(folder, 'text.o');
    writeFileSync(text, 'no object');
    expect(await rootlet('link', '-o', join(folder, 'x.o'), text)).toMatchObject({ status: 2, stderr: expect.stringContaining('not an ELF file') });
    expect(await rootlet('link', '-o', join(folder, 'x.o'), join(folder, 'none.o'))).toMatchObject({ status: 2 });
    expect(await rootlet('link', '-o', join(folder, 'no/such/x.o'), main)).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be written') });
    expect(await rootlet('link', main)).toMatchObject({ status: 2, stderr: expect.stringContaining('--output') });
  });

  it('may write over one of its inputs', async () => {
    const output = join(folder, 'main.o');
    writeFileSync(output, readFileSync(main));
    expect(await rootlet('link', '-o', output, output, helpers)).toMatchObject({ status: 0 });
    expect(JSON.parse((await rootlet('inspect', '--json', output)).stdout)).toMatchObject({ externs: [] });
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
