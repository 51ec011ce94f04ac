import { describe, expect, it } from '@jest/globals';
import { BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { CodeExtern } from '@rootlet/reloc';
import { BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BPF_TRACE_RAW_TP } from '@rootlet/uapi';
import { findAttachBtf } from '../src/attach-btf.ts';
import { resolveKernelSymbol } from '../src/ksyms.ts';
import { StructOpsTables } from '../src/struct-ops-kernel.ts';
import { parseObject } from '../src/index.ts';
import type { Kernel, ProgramSpec } from '../src/index.ts';
import { exampleBytes } from './support.ts';

/** BTF with functions of these names, split on a base when there is one. */
function btfOf(names: readonly string[], base?: Btf): Btf {
  const builder = new BtfBuilder(base === undefined ? {} : { base });
  const proto = builder.addFuncProto(0, []);
  for (const name of names) builder.addFunc(name, proto);
  return builder.build();
}

const vmlinux = btfOf(['bpf_task_acquire', 'do_nanosleep']);
const veth = { name: 'veth', fd: 77, btf: btfOf(['bpf_rcu_read_lock', 'veth_xmit'], vmlinux) };
const kernel = {
  name: 'stub',
  vmlinuxBtf: () => vmlinux,
  moduleBtfs: () => [veth],
  kallsyms: (names: ReadonlySet<string>) => new Map([...names].filter((name) => name === 'do_nanosleep').map((name) => [name, 0xffffffff82200000n])),
} as unknown as Kernel;
const spec = parseObject(exampleBytes('objects/ksyms.o'), { name: 'ksyms' });

function bind(name: string): unknown {
  const ext = spec.code.externs.find((candidate) => candidate.name === name) as CodeExtern;
  const fdArray: number[] = [0];
  const binding = resolveKernelSymbol({ spec, kernel, maps: [], code: spec.code, options: {}, btfFd: undefined, structOps: new StructOpsTables(spec, kernel, {}) }, ext, (fd) => fdArray.push(fd) - 1);
  return { ...binding, fdArray };
}

describe('resolveKernelSymbol', () => {
  it('finds a kfunc of a module, by the index of its fd, which is never 0', () => {
    expect(bind('bpf_rcu_read_lock')).toEqual({ kind: 'kfunc', btfId: veth.btf.findByNameKind('bpf_rcu_read_lock', 12), fdIdx: 1, fdArray: [0, 77] });
  });

  it('finds untyped variables by address; weak ones that are not there are null', () => {
    expect(bind('do_nanosleep')).toMatchObject({ kind: 'address', address: 0xffffffff82200000n });
    expect(bind('no_such_address')).toMatchObject({ kind: 'address', address: 0n });
    expect(bind('no_such_function')).toMatchObject({ kind: 'null' });
  });

  it('a strong one that is not there is an error that names it', () => {
    expect(() => bind('bpf_prog_active')).toThrow(expect.objectContaining({ code: 'KERNEL_SYMBOL', message: expect.stringContaining("'bpf_prog_active'") }));
  });
});

describe('findAttachBtf', () => {
  const find = (sectionName: string, attachType = BPF_TRACE_FENTRY): unknown => {
    const program = { sectionName, attachTarget: sectionName.slice(sectionName.indexOf('/') + 1) } as ProgramSpec;
    return findAttachBtf(program, BPF_PROG_TYPE_TRACING, attachType, kernel, 'program');
  };

  it('finds functions of the kernel and of modules', () => {
    const inVmlinux = vmlinux.findByNameKind('do_nanosleep', 12);
    expect(find('fentry/do_nanosleep')).toEqual({ attachBtfId: inVmlinux });
    expect(find('fentry/vmlinux:do_nanosleep')).toEqual({ attachBtfId: inVmlinux });
    const inModule = { attachBtfId: veth.btf.findByNameKind('veth_xmit', 12), attachBtfObjFd: 77 };
    expect(find('fexit/veth_xmit')).toEqual(inModule);
    expect(find('fexit/veth:veth_xmit')).toEqual(inModule);
  });

  it('says what is missing where', () => {
    expect(() => find('fentry/nothing')).toThrow(expect.objectContaining({ code: 'ATTACH_BTF' }));
    expect(() => find('fentry/other:veth_xmit')).toThrow(/module 'other'/);
    expect(() => find('tp_btf/sched_switch', BPF_TRACE_RAW_TP)).toThrow(/btf_trace_sched_switch/);
  });
});
