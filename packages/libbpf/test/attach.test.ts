// What can be attached to the simulated kernel, and what does an object attach by itself?
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfObject, SimKernel } from '../src/index.ts';
import { placeOfSection } from '../src/auto-attach.ts';
import { attachError } from '../src/attach-error.ts';
import { KernelError } from '../src/index.ts';
import { EPERM } from '@rootlet/uapi';
import { errorOf, example } from './support.ts';

const open = (name: string, kernel: SimKernel): BpfObject =>
  BpfObject.open({ name, bytes: readFileSync(join(__dirname, '../../../docs/examples/programs', `${name}.o`)) }, { kernel }).load();

describe('attaching to the simulated kernel', () => {
  it('reaches its hooks by the methods of their kinds', () => {
    const kernel = new SimKernel();
    const xdp = open('xdp_parser', kernel).programs[0];
    xdp?.attachXdp(3);
    open('kprobe', kernel).findProgram('kprobe')?.attachKprobe('do_nanosleep');
    open('raw_tracepoint', kernel).findProgram('raw_tracepoint')?.attachRawTracepoint('sched_switch');
    expect(kernel.hooks().map(({ ifindex, name }) => ifindex ?? name)).toEqual([3, 'do_nanosleep', 'sched_switch']);
  });

  it('says what it has no hooks for', () => {
    const program = open('kprobe', new SimKernel()).findProgram('kprobe');
    expect(errorOf(() => program?.attachUprobe('libc.so.6', { func: 'malloc' }))).toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('uprobe on sim') });
    expect(errorOf(() => program?.attachKprobeMulti('vfs_*'))).toMatchObject({ name: 'UnsupportedError' });
    expect(errorOf(() => program?.attachUsdt('libc.so.6', 'a', 'b'))).toMatchObject({ code: 'NO_MAP' });
  });

  it('an object attaches what says where, and lets go of it', () => {
    const kernel = new SimKernel();
    const object = open('kprobe', kernel);
    const links = object.attach();
    expect([...links.keys()].map(({ name }) => name)).toEqual(['kprobe']);
    expect(object.attach().get(object.findProgram('kprobe')!)).toBe([...links.values()][0]);
    object.detach();
    expect(kernel.counts().links).toBe(0);
    object.findProgram('kprobe')?.setAutoattach(false);
    expect(object.attach().size).toBe(0);
    object.findProgram('kprobe')?.setAutoattach(true);
    object.attach();
    object.close();
    expect(kernel.counts()).toMatchObject({ links: 0, progs: 0 });
  });

  it('stays where it is when its link was disconnected', () => {
    const kernel = new SimKernel();
    const object = open('xdp_parser', kernel);
    const link = object.programs[0]?.attachXdp(3);
    link?.disconnect();
    link?.destroy();
    expect([link?.fd, kernel.hooks().length]).toEqual([-1, 1]);
    object.close();
    expect(kernel.hooks().length).toBe(1);
  });

  it('is refused while strong externs are unbound, by program and object', () => {
    const object = BpfObject.open(example('main_prog'), { kernel: new SimKernel() }).load();
    expect(errorOf(() => object.findProgram('main_prog')?.attachXdp(1))).toMatchObject({
      code: 'ENOEXEC',
      message: expect.stringContaining("object 'main_prog': program 'main_prog'"),
    });
  });
});

describe('section names', () => {
  const of = (section: string, more: object = {}): unknown => placeOfSection(section, { type: 2, attachType: 0, cookie: undefined, mapFd: (map: string) => map.length, ...more });
  it.each([
    ['kprobe/do_unlinkat+0x10', { kind: 'kprobe', func: 'do_unlinkat', byteOff: 16, retprobe: false }],
    ['kretprobe/do_unlinkat', { kind: 'kprobe', func: 'do_unlinkat', byteOff: 0, retprobe: true }],
    ['kprobe.multi/vfs_*', { kind: 'kprobe_multi', pattern: 'vfs_*', retprobe: false, session: false }],
    ['kretprobe.multi/vfs_*', { kind: 'kprobe_multi', pattern: 'vfs_*', retprobe: true, session: false }],
    ['kprobe.session/vfs_*', { kind: 'kprobe_multi', pattern: 'vfs_*', retprobe: false, session: true }],
    ['ksyscall/unlinkat', { kind: 'ksyscall', syscall: 'unlinkat', retprobe: false }],
    ['kretsyscall/unlinkat', { kind: 'ksyscall', syscall: 'unlinkat', retprobe: true }],
    ['uprobe.s/libc.so.6:malloc+4', { kind: 'uprobe', path: 'libc.so.6', func: 'malloc', byteOff: 4, retprobe: false }],
    ['uretprobe/libc.so.6:malloc', { kind: 'uprobe', path: 'libc.so.6', func: 'malloc', byteOff: 0, retprobe: true }],
    ['uretprobe.multi.s/libc.so.6:mal*', { kind: 'uprobe_multi', path: 'libc.so.6', pattern: 'mal*', retprobe: true, session: false }],
    ['usdt/libc.so.6:libc:setjmp', { kind: 'usdt', path: 'libc.so.6', provider: 'libc', name: 'setjmp', specsMapFd: 16, ipMapFd: 24 }],
    ['tp/sched/sched_switch', { kind: 'tracepoint', category: 'sched', name: 'sched_switch' }],
    ['raw_tp/sched_switch', { kind: 'raw_tracepoint', name: 'sched_switch' }],
    ['kprobe', undefined],
    ['xdp', undefined],
    ['nonsense', undefined],
  ])('%s', (section, expected) => expect(of(section)).toEqual(expected));

  it('of traced functions name them at load', () => {
    expect(of('fentry/vfs_read', { type: 26, attachType: 24, cookie: 3n })).toEqual({ kind: 'trace', attachType: 24, cookie: 3n });
    expect(of('iter/task', { type: 26, attachType: 28 })).toEqual({ kind: 'iter' });
  });
});

describe('attachError', () => {
  it('names object, program and what helps, and keeps code and errno', () => {
    const error = attachError(new KernelError('attach kprobe', EPERM, "'f'"), 'o', 'p') as KernelError;
    expect(error).toMatchObject({ code: 'EPERM', errno: EPERM, operation: 'attach kprobe', message: expect.stringMatching(/^attach kprobe: object 'o': program 'p': 'f'; needs root, .* \(EPERM\)$/) });
    const other = new Error('x');
    expect(attachError(other, 'o', 'p')).toBe(other);
  });
});
