// Is a probe hit in a library that an archive stores, where the archive is mapped?
import { expect, it } from '@jest/globals';
import { assemble } from '@rootlet/insn';
import { BPF_MAP_TYPE_ARRAY, BPF_PROG_TYPE_KPROBE } from '@rootlet/uapi';
import koffi from 'koffi';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePath } from '../../src/attach/elf-path.ts';
import { findFunction, openElf } from '../../src/attach/elf-symbols.ts';
import { LinuxKernel } from '../../src/index.ts';
import { createZip } from './zip.ts';

const PAGE = 4096;
const PROT_READ_EXEC = 5;
const MAP_PRIVATE = 2;
const NAME = 'lib/libc.so';

const libc = koffi.load('libc.so.6');
const mmap: (at: number, length: number, prot: number, flags: number, fd: number, byteOff: number) => number | bigint = libc.func(
  'uintptr_t mmap(uintptr_t, size_t, int, int, int, long)',
);
const munmap: (at: bigint, length: number) => number = libc.func('int munmap(uintptr_t, size_t)');

it('a function of a stored library is probed by its place in the archive', () => {
  const kernel = new LinuxKernel();
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-archive-'));
  const archive = join(folder, 'app.apk');
  const path = resolvePath('test', 'libc.so.6');
  // Stored on a page of its own, so that it can be mapped. `abs` needs nothing of its library.
  writeFileSync(archive, createZip([{ name: NAME, data: readFileSync(path), padding: PAGE - 30 - NAME.length }]));
  const byteOff = PAGE + findFunction('test', openElf('test', path), path, 'abs');
  const fd = openSync(archive, 'r');
  const mapped = BigInt(mmap(0, 2 * PAGE, PROT_READ_EXEC, MAP_PRIVATE, fd, byteOff - (byteOff % PAGE)));
  const abs = (value: number): number => koffi.call(mapped + BigInt(byteOff % PAGE), koffi.proto('int (int value)'), value) as number;

  const mapFd = kernel.mapCreate({ name: 'hits', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 });
  const insns = assemble(`
    r1 = map[fd:${mapFd}][0]+0
    r2 = 1
    lock *(u64 *)(r1 +0) += r2
    r0 = 0
    exit
  `);
  const progFd = kernel.progLoad({ name: 'hit', type: BPF_PROG_TYPE_KPROBE, expectedAttachType: 0, license: 'GPL', flags: 0, insns }).fd;
  const hits = (): number => kernel.mapLookup(mapFd, new Uint8Array(4))?.[0] ?? -1;
  try {
    const linkFd = kernel.attach({ kind: 'uprobe', progFd, path: `${archive}!/${NAME}`, func: 'abs', pid: 0 });
    expect([abs(-42), hits()]).toEqual([42, 1]);
    kernel.close(linkFd);
    expect([abs(-42), hits()]).toEqual([42, 1]);
    const other = { kind: 'uprobe', progFd, path: `${archive}!/lib/other.so`, func: 'abs', pid: 0 } as const;
    expect(() => kernel.attach(other)).toThrow(expect.objectContaining({ code: 'ENOENT', message: expect.stringContaining('the archive has no such file') }));
  } finally {
    kernel.close(progFd);
    kernel.close(mapFd);
    munmap(mapped, 2 * PAGE);
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});
