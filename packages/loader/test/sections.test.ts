import { describe, expect, it } from '@jest/globals';
import { BPF_F_SLEEPABLE, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS, BPF_TRACE_UPROBE_MULTI } from '@rootlet/uapi';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSectionDef, listSectionNames, parseAttachTarget } from '../src/index.ts';
import { compareSection } from './section-answers.ts';
import type { SectionAnswer } from './section-answers.ts';

describe('findSectionDef', () => {
  it('takes a target where the definition does', () => {
    expect(findSectionDef('kprobe/do_unlinkat')).toEqual({
      type: BPF_PROG_TYPE_KPROBE,
      expectedAttachType: 0,
      flags: 0,
      target: 'do_unlinkat',
      autoAttach: true,
      attachable: false,
    });
    expect(findSectionDef('kprobe')).toMatchObject({ target: undefined });
    expect(findSectionDef('uprobe.multi.s//bin/sh:main')).toMatchObject({
      expectedAttachType: BPF_TRACE_UPROBE_MULTI,
      flags: BPF_F_SLEEPABLE,
      target: '/bin/sh:main',
    });
  });

  it('takes none where the definition does not', () => {
    expect(findSectionDef('tc/ingress')).toMatchObject({ type: BPF_PROG_TYPE_SCHED_CLS, expectedAttachType: BPF_TCX_INGRESS });
    expect(findSectionDef('xdp/anything')).toBeUndefined();
    expect(findSectionDef('kprobes/x')).toBeUndefined();
    expect(findSectionDef('.text')).toBeUndefined();
  });

  it('every name is found under itself', () => {
    for (const name of listSectionNames()) expect(findSectionDef(name.replace(/\+$/, ''))).toBeDefined();
    expect(new Set(listSectionNames()).size).toBe(listSectionNames().length);
  });
});

describe('section names, as libbpf answered', () => {
  const file = join(__dirname, 'fixtures/sections.json');
  const { names } = JSON.parse(readFileSync(file, 'utf8')) as { names: readonly SectionAnswer[] };

  it('each of more than a thousand names means the same', () => {
    expect(names.length).toBeGreaterThan(1300);
    expect(names.flatMap((answer) => compareSection(answer))).toEqual([]);
  });

  it('every name of the table was asked about', () => {
    const asked = new Set(names.map(({ name }) => name));
    expect(listSectionNames().filter((name) => !asked.has(name.replace(/\+$/, '')))).toEqual([]);
  });
});

describe('parseAttachTarget', () => {
  it.each([
    ['kprobe/do_nanosleep+0x10', { kind: 'kprobe', func: 'do_nanosleep', byteOff: 16 }],
    ['kretprobe/do_nanosleep', { kind: 'kprobe', func: 'do_nanosleep', byteOff: 0 }],
    ['kprobe.multi/tcp_*', { kind: 'kprobe.multi', pattern: 'tcp_*' }],
    ['kretsyscall/read', { kind: 'ksyscall', name: 'read' }],
    ['uprobe.s//bin/sh:main+4', { kind: 'uprobe', path: '/bin/sh', func: 'main', byteOff: 4 }],
    ['uprobe//bin/sh:0x40', { kind: 'uprobe', path: '/bin/sh', func: '', byteOff: 64 }],
    ['uretprobe.multi.s//bin/sh:rl_*', { kind: 'uprobe.multi', path: '/bin/sh', pattern: 'rl_*' }],
    ['usdt/libc.so.6:libc:setjmp', { kind: 'usdt', path: 'libc.so.6', provider: 'libc', name: 'setjmp' }],
    ['tp/sched/sched_switch', { kind: 'tracepoint', category: 'sched', name: 'sched_switch' }],
    ['raw_tp.w/x', { kind: 'raw_tracepoint', name: 'x' }],
    ['fentry.s/veth:veth_xmit', { kind: 'btf', module: 'veth', name: 'veth_xmit' }],
    ['lsm/file_open', { kind: 'btf', module: undefined, name: 'file_open' }],
    ['struct_ops/init', { kind: 'other', name: 'init' }],
    ['xdp', undefined],
  ] as const)('%s', (name, target) => {
    expect(parseAttachTarget(name)).toEqual(target);
  });

  // Each is EINVAL to libbpf's bpf_program__attach.
  it.each(['kprobe/', 'kprobe/+4', 'kretprobe/f+4', 'kprobe.multi/', 'tp/sched', 'uprobe/x', 'uretprobe//bin/sh:main+4', 'uprobe.multi/x', 'usdt/a:b', 'usdt/x'])('%s is no target', (name) => {
    expect(() => parseAttachTarget(name)).toThrow(expect.objectContaining({ code: 'ATTACH_TARGET' }));
  });
});
