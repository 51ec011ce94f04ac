// Does each command that has no place elsewhere do what its manual says?
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assemble } from '@rootlet/insn';
import {
  BPF_CGROUP_INET_INGRESS,
  BPF_F_RDONLY,
  BPF_FUNC_map_update_elem,
  BPF_MAP_TYPE_ARRAY,
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_SOCKET_FILTER,
  BPF_PROG_TYPE_XDP,
} from '@rootlet/uapi';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinuxKernel } from '../src/index.ts';

const kernel = new LinuxKernel();
/** A bpffs of the test's own. */
const folder = mkdtempSync(join(tmpdir(), 'rootlet-bpffs-'));

function openFds(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('anon_inode:bpf');
    } catch {
      return false;
    }
  }).length;
}

describe('commands of bpf(2)', () => {
  let before: number;
  let progFd: number;
  let mapFd: number;

  beforeAll(() => {
    execFileSync('mount', ['-t', 'bpf', 'bpf', folder]);
    before = openFds();
    mapFd = kernel.mapCreate({ name: 'low', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 });
    const attr = { name: 'low', type: BPF_PROG_TYPE_XDP, expectedAttachType: 0, license: 'GPL', flags: 0 };
    progFd = kernel.progLoad({ ...attr, insns: assemble('r0 = 2\nexit') }).fd;
  });

  afterAll(() => {
    kernel.close(progFd);
    kernel.close(mapFd);
    execFileSync('umount', [folder]);
    rmdirSync(folder);
    expect(openFds()).toBe(before);
  });

  it('walks ids and opens what has one', () => {
    const id = kernel.info(mapFd).id;
    expect(kernel.sys.nextId('map', id - 1)).toBe(id);
    expect(kernel.sys.nextId('prog', 0x7fff_fff0)).toBeUndefined();
    const readOnly = kernel.sys.fdById('map', id, BPF_F_RDONLY);
    expect(kernel.mapLookup(readOnly, new Uint8Array(4))).toEqual(new Uint8Array(4));
    expect(() => kernel.mapUpdate(readOnly, new Uint8Array(4), new Uint8Array(4))).toThrow(expect.objectContaining({ code: 'EPERM' }));
    kernel.close(readOnly);
    expect(() => kernel.sys.fdById('prog', 0xffff_fff0)).toThrow(expect.objectContaining({ code: 'ENOENT', message: expect.stringContaining('id 4294967280') }));
  });

  it('pins relative to a folder', () => {
    const pathFd = openSync(folder, 'r');
    const [major = 0, minor = 0] = kernel.release.split('.').map(Number);
    if (major < 6 || (major === 6 && minor < 5)) {
      expect(() => kernel.sys.objPin(mapFd, 'm', { pathFd })).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('since 6.5') }));
      closeSync(pathFd);
      return;
    }
    kernel.sys.objPin(mapFd, 'm', { pathFd });
    expect(() => kernel.sys.objPin(mapFd, 'm', { pathFd })).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    const again = kernel.sys.objGet('m', { pathFd, fileFlags: BPF_F_RDONLY });
    expect(kernel.info(again).id).toBe(kernel.info(mapFd).id);
    kernel.close(again);
    expect(() => kernel.sys.objGet(`${folder}/none`)).toThrow(expect.objectContaining({ code: 'ENOENT', message: expect.stringContaining('none') }));
    kernel.objUnpin(`${folder}/m`);
    closeSync(pathFd);
  });

  it('binds maps to programs', () => {
    const attr = { name: 'bound', type: BPF_PROG_TYPE_SOCKET_FILTER, expectedAttachType: 0, license: 'GPL', flags: 0 };
    const { fd } = kernel.progLoad({ ...attr, insns: assemble('r0 = 0\nexit') });
    kernel.sys.progBindMap(fd, mapFd);
    const info = kernel.info(fd);
    expect(info.kind === 'prog' && info.mapIds).toEqual([kernel.info(mapFd).id]);
    expect(() => kernel.sys.progBindMap(fd, fd)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    kernel.close(fd);
  });

  it('reads what a program wrote to its streams, where there are any', () => {
    try {
      expect(kernel.sys.progStreamRead(progFd, 1)).toEqual(new Uint8Array(0));
    } catch (error) {
      // Older kernels do not know the command.
      expect(error).toMatchObject({ code: 'EINVAL' });
    }
    expect(() => kernel.sys.progStreamRead(mapFd, 1)).toThrow(expect.objectContaining({ name: 'KernelError' }));
  });

  it('asks what is attached', () => {
    const root = openSync('/', 'r');
    expect(() => kernel.direct.progQuery(root, BPF_CGROUP_INET_INGRESS)).toThrow(expect.objectContaining({ operation: 'prog query' }));
    closeSync(root);
  });

  it('asks about fds of tasks, and refuses what makes no sense with the errno of it', () => {
    expect(() => kernel.sys.taskFdQuery(process.pid, mapFd)).toThrow(expect.objectContaining({ operation: 'task fd query' }));
    expect(() => kernel.sys.taskFdQuery(process.pid, 987_654)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => kernel.sys.rawTracepointOpen('sys_enter', progFd)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => kernel.sys.tokenCreate(progFd)).toThrow(expect.objectContaining({ name: 'KernelError' }));
  });

  it('runs programs with all options', () => {
    const run = kernel.progTestRun(progFd, { dataIn: new Uint8Array(64), repeat: 3 });
    expect(run.retval).toBe(2);
    const attr = { name: 'skb', type: BPF_PROG_TYPE_CGROUP_SKB, expectedAttachType: BPF_CGROUP_INET_INGRESS, license: 'GPL', flags: 0 };
    const { fd } = kernel.progLoad({ ...attr, insns: assemble('r0 = *(u32 *)(r1 + 8)\nr0 &= 1\nexit') });
    const ctxIn = new Uint8Array(192);
    ctxIn[8] = 1;
    const answer = kernel.progTestRun(fd, { dataIn: new Uint8Array(64), ctxIn });
    expect(answer.retval).toBe(1);
    expect(answer.ctxOut.length).toBe(192);
    kernel.close(fd);
  });

  it('says which map and which program when something is refused', () => {
    const attr = { name: 'wrong', type: BPF_PROG_TYPE_XDP, expectedAttachType: 0, license: 'GPL', flags: 0 };
    const insns = assemble(`r1 = 0\nr2 = r10\nr3 = r10\nr4 = 0\ncall helper#${BPF_FUNC_map_update_elem}\nr0 = 0\nexit`);
    expect(() => kernel.progLoad({ ...attr, insns })).toThrow(expect.objectContaining({ code: 'EACCES', message: expect.stringContaining("'wrong'"), log: expect.stringContaining('R1') }));
    const bad = { name: 'bad_map', type: BPF_MAP_TYPE_ARRAY, keySize: 8, valueSize: 4, maxEntries: 1, flags: 0 };
    expect(() => kernel.mapCreate(bad)).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining("'bad_map'") }));
  });
});
