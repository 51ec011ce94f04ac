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
  const binding = resolveKernelSymbol({ spec, kernel, maps: [], code: spec.code, unresolved: [], options: {}, tokenFd: undefined, btfFd: undefined, structOps: new StructOpsTables(spec, kernel, {}) }, ext, (fd) => fdArray.push(fd) - 1);
  return { ...binding, fdArray };
}

describe('resolveKernelSymbol', () => {
  it('finds a kfunc of a module, by the index of its fd, which is never 0', () => {
    expect(bind('bpf_rcu_read_lock')).toEqual({ kind: 'kfunc', btfId: veth.btf.findByNameKind('bpf_rcu_read_lock', 12), fdIdx: 1, btfFd: 77, fdArray: [0, 77] });
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

describe('types of kernel symbols', () => {
  const typesSpec = parseObject(exampleBytes('objects/ksym_types.o'), { name: 'ksym_types' });
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4);
  const proto = builder.addFuncProto(0, []);
  for (const name of ['bpf_rcu_read_lock', 'bpf_rcu_read_unlock', 'bpf_preempt_disable']) builder.addFunc(name, proto);
  const enableId = builder.addFunc('bpf_preempt_enable', proto);
  builder.addVar('bpf_prog_active', int, 1);
  const wrong = builder.build();

  const resolve = (name: string, btf: Btf, modules: readonly { name: string; fd: number; btf: Btf }[] = []): unknown => {
    const ext = typesSpec.code.externs.find((candidate) => candidate.name === name) as CodeExtern;
    const asked = { ...kernel, vmlinuxBtf: () => btf, moduleBtfs: () => modules } as unknown as Kernel;
    const context = { spec: typesSpec, kernel: asked, maps: [], code: typesSpec.code, unresolved: [], options: {}, tokenFd: undefined, btfFd: undefined, structOps: new StructOpsTables(typesSpec, asked, {}) };
    return resolveKernelSymbol(context, ext, () => 3);
  };

  it('a strong function of another prototype is refused, a weak one is absent', () => {
    const message = expect.stringMatching(/extern \(func ksym\) 'bpf_rcu_read_lock': func_proto \[\d+\] incompatible with vmlinux \[2\]$/);
    expect(() => resolve('bpf_rcu_read_lock', wrong)).toThrow(expect.objectContaining({ code: 'KERNEL_SYMBOL_TYPE', errno: 22, message }));
    expect(resolve('bpf_rcu_read_unlock', wrong)).toEqual({ kind: 'null' });
  });

  it('a variable of another type is refused, a weak one too', () => {
    const message = expect.stringMatching(/'bpf_prog_active': incompatible types, expected \[\d+\] struct not_an_int, but kernel has \[1\] int int$/);
    expect(() => resolve('bpf_prog_active', wrong)).toThrow(expect.objectContaining({ code: 'KERNEL_SYMBOL_TYPE', message }));
  });

  it('the last flavour of a function is left out', () => {
    expect(resolve('bpf_preempt_enable___old', wrong)).toEqual({ kind: 'kfunc', btfId: enableId, fdIdx: 0, btfFd: 0 });
    expect(resolve('bpf_preempt_disable___old___older', wrong)).toEqual({ kind: 'null' });
  });

  it('types of a module are compared, too', () => {
    const base = btfOf([]);
    const split = new BtfBuilder({ base });
    const number = split.addInt('int', 4);
    const right = split.addFunc('bpf_rcu_read_lock', split.addFuncProto(number, [{ name: 'a', type: number }]));
    split.addFunc('bpf_rcu_read_unlock', split.addFuncProto(0, []));
    const struct = split.addStruct('not_an_int', 4);
    split.addField('a', number, 0);
    const variable = split.addVar('bpf_prog_active', struct, 1);
    const modules = [{ name: 'mod', fd: 55, btf: split.build() }];
    expect(resolve('bpf_rcu_read_lock', base, modules)).toEqual({ kind: 'kfunc', btfId: right, fdIdx: 3, btfFd: 55 });
    expect(resolve('bpf_rcu_read_unlock', base, modules)).toEqual({ kind: 'null' });
    expect(resolve('bpf_prog_active', base, modules)).toEqual({ kind: 'btfVar', btfId: variable, btfFd: 55 });
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
