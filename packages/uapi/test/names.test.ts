import { describe, expect, it } from '@jest/globals';
import {
  attachTypeName,
  attachTypeStr,
  BPF_ATTR_PROG_LOAD_LAYOUT,
  BPF_FUNC_redirect_map,
  BPF_LINK_TYPE_XDP,
  BPF_MAP_TYPE_ARENA,
  BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED,
  BPF_PROG_TYPE_NETFILTER,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_XDP,
  BPF_TRACE_UPROBE_SESSION,
  cmdName,
  errnoName,
  errnoNumber,
  findAttachType,
  findField,
  findFieldAt,
  findMapType,
  findProgType,
  FUNC_NAMES,
  helperId,
  helperName,
  linkTypeName,
  linkTypeStr,
  mapTypeName,
  mapTypeStr,
  progTypeName,
  progTypeStr,
  SK_BUFF_LAYOUT,
  XDP_MD_LAYOUT,
} from '../src/index.ts';
import * as uapi from '../src/index.ts';

describe('names of numbers', () => {
  it('spells as the kernel does', () => {
    expect(progTypeName(BPF_PROG_TYPE_XDP)).toBe('BPF_PROG_TYPE_XDP');
    expect(mapTypeName(BPF_MAP_TYPE_ARENA)).toBe('BPF_MAP_TYPE_ARENA');
    expect(attachTypeName(BPF_TRACE_UPROBE_SESSION)).toBe('BPF_TRACE_UPROBE_SESSION');
    expect(linkTypeName(BPF_LINK_TYPE_XDP)).toBe('BPF_LINK_TYPE_XDP');
    expect(cmdName(5)).toBe('BPF_PROG_LOAD');
    expect(cmdName(10)).toBe('BPF_PROG_TEST_RUN');
  });

  it('spells as libbpf does', () => {
    expect(progTypeStr(BPF_PROG_TYPE_SCHED_CLS)).toBe('sched_cls');
    expect(mapTypeStr(10)).toBe('lru_percpu_hash');
    expect(attachTypeStr(0)).toBe('cgroup_inet_ingress');
    expect(linkTypeStr(8)).toBe('kprobe_multi');
  });

  it('prefers the name that is not deprecated', () => {
    expect(mapTypeName(BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED)).toBe('BPF_MAP_TYPE_CGROUP_STORAGE');
    expect(mapTypeStr(21)).toBe('percpu_cgroup_storage');
  });

  it('knows nothing beyond the last number', () => {
    for (const name of [progTypeName, mapTypeName, attachTypeName, linkTypeName, cmdName, helperName, progTypeStr]) {
      expect(name(1000)).toBeUndefined();
      expect(name(-1)).toBeUndefined();
      expect(name(0.5)).toBeUndefined();
    }
  });

  it('finds numbers by either name', () => {
    expect(findProgType('xdp')).toBe(6);
    expect(findProgType('BPF_PROG_TYPE_XDP')).toBe(6);
    expect(findProgType('XDP')).toBeUndefined();
    expect(findProgType('')).toBeUndefined();
    expect(findMapType('ringbuf')).toBe(27);
    expect(findAttachType('xdp')).toBe(37);
  });
});

describe('helpers', () => {
  it('are numbered as in the UAPI', () => {
    expect(helperName(1)).toBe('bpf_map_lookup_elem');
    expect(helperId('bpf_map_lookup_elem')).toBe(1);
    expect(helperId('bpf_redirect_map')).toBe(BPF_FUNC_redirect_map);
    expect(helperName(211)).toBe('bpf_cgrp_storage_delete');
    expect(helperId('map_lookup_elem')).toBeUndefined();
    expect(helperId('bpf_no_such_helper')).toBeUndefined();
  });

  it('have names without holes, each once', () => {
    expect(FUNC_NAMES).toHaveLength(212);
    expect(new Set(FUNC_NAMES).size).toBe(212);
    expect(FUNC_NAMES.every((name) => name.startsWith('BPF_FUNC_'))).toBe(true);
  });
});

describe('errno', () => {
  it('takes both signs', () => {
    expect(errnoName(22)).toBe('EINVAL');
    expect(errnoName(-22)).toBe('EINVAL');
    expect(errnoName(524)).toBe('ENOTSUPP');
    expect(errnoName(0)).toBeUndefined();
  });

  it('finds numbers, second names too', () => {
    expect(errnoNumber('EBUSY')).toBe(16);
    expect(errnoNumber('EWOULDBLOCK')).toBe(11);
    expect(errnoNumber('EDEADLOCK')).toBe(35);
    expect(errnoNumber('constructor')).toBeUndefined();
  });
});

describe('layouts', () => {
  it('place the fields of contexts', () => {
    expect(XDP_MD_LAYOUT.size).toBe(24);
    expect(findField(XDP_MD_LAYOUT, 'data_end')).toEqual({ name: 'data_end', byteOff: 4, size: 4 });
    expect(findField(SK_BUFF_LAYOUT, 'cb')).toEqual({ name: 'cb', byteOff: 48, size: 20, count: 5 });
    expect(findField(SK_BUFF_LAYOUT, 'sk')?.pointee).toBe('struct bpf_sock');
    expect(findFieldAt(SK_BUFF_LAYOUT, 60)?.name).toBe('cb');
    expect(findFieldAt(SK_BUFF_LAYOUT, 181)).toBeUndefined();
  });

  it('place the arguments of bpf(2)', () => {
    expect(findField(BPF_ATTR_PROG_LOAD_LAYOUT, 'fd_array')?.byteOff).toBe(120);
  });

  it('keep every field inside its struct', () => {
    const layouts = Object.entries(uapi).filter(([name]) => name.endsWith('_LAYOUT'));
    expect(layouts.length).toBeGreaterThan(50);
    for (const [, layout] of layouts as [string, typeof XDP_MD_LAYOUT][]) {
      expect(layout.fields.length).toBeGreaterThan(0);
      for (const field of layout.fields) expect(field.byteOff + field.size).toBeLessThanOrEqual(layout.size);
    }
  });
});

it('reaches up to Linux 6.18', () => {
  expect(uapi.__MAX_BPF_PROG_TYPE).toBe(BPF_PROG_TYPE_NETFILTER + 1);
  expect(uapi.__MAX_BPF_MAP_TYPE).toBe(34);
  expect(uapi.__MAX_BPF_ATTACH_TYPE).toBe(58);
  expect(uapi.__MAX_BPF_LINK_TYPE).toBe(15);
  expect(uapi.__MAX_BPF_CMD).toBe(38);
  expect(uapi.BPF_PROG_STREAM_READ_BY_FD).toBe(37);
});
