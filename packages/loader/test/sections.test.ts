import { describe, expect, it } from '@jest/globals';
import { BPF_F_SLEEPABLE, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS, BPF_TRACE_UPROBE_MULTI } from '@rootlet/uapi';
import { findSectionDef, listSectionNames } from '../src/index.ts';

describe('findSectionDef', () => {
  it('takes a target where the definition does', () => {
    expect(findSectionDef('kprobe/do_unlinkat')).toEqual({ type: BPF_PROG_TYPE_KPROBE, expectedAttachType: 0, flags: 0, target: 'do_unlinkat' });
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
