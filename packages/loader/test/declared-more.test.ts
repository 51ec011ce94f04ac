import { describe, expect, it } from '@jest/globals';
import { BtfBuilder, parseBtf } from '@rootlet/btf';
import { decodeInsns } from '@rootlet/insn';
import { linkObjects } from '@rootlet/reloc';
import { BLIND, recordLoad } from './load-answers.ts';
import { exampleBytes } from './support.ts';

const FUNC = 12;
const PSEUDO_BTF_ID = 3;
const NUMA_NODE = 4;

describe('what declarations say that libbpf hands on as it is, or not at all', () => {
  const builder = new BtfBuilder();
  const lockId = builder.addFunc('bpf_rcu_read_lock', builder.addFuncProto(0, []));
  const vmlinux = builder.build();
  const { calls, problem } = recordLoad('declared_more', exampleBytes('objects/declared_more.o'), { ...BLIND, vmlinuxBtf: () => vmlinux, moduleBtfs: () => [] }, '');
  const find = (call: string, name: string): Readonly<Record<string, string | number>> => calls.find((one) => one['call'] === call && one['name'] === name) ?? {};

  it('loads', () => expect(problem).toBeUndefined());

  it('hidden functions are static to the kernel, hidden programs are not', () => {
    const btf = parseBtf(Buffer.from(String(calls.find((one) => one['call'] === 'btfLoad')?.['bytes']), 'hex'));
    const linkage = (name: string): unknown => btf.type(btf.findByNameKind(name, FUNC) ?? 0);
    expect(linkage('hidden_function')).toMatchObject({ linkage: 0 });
    expect(linkage('hidden_program')).toMatchObject({ linkage: 1 });
  });

  it('a function that another object calls is static once it was linked in, also where it could be a program', () => {
    const inputs = ['packet_main', 'packet_moves'].map((name) => ({ name, bytes: exampleBytes(`linking/${name}.o`) }));
    const linked = recordLoad('linked', linkObjects(inputs, { hideResolved: true }), BLIND, '');
    const btf = parseBtf(Buffer.from(String(linked.calls.find((one) => one['call'] === 'btfLoad')?.['bytes']), 'hex'));
    expect(btf.type(btf.findByNameKind('touch', FUNC) ?? 0)).toMatchObject({ linkage: 0 });
    expect(btf.type(btf.findByNameKind('packet_main', FUNC) ?? 0)).toMatchObject({ linkage: 1 });
  });

  it('a node without the flag for it is no node', () => {
    expect(find('mapCreate', 'node_zero')['flags'] ?? 0).toBe(0);
    expect(find('mapCreate', 'node_asked_for')['flags']).toBe(NUMA_NODE);
  });

  it('the address of a function of the kernel is named by its type, that of an absent one is 0', () => {
    const insns = decodeInsns(Buffer.from(String(find('progLoad', 'asks')['insns']), 'hex'), true);
    const wide = [...insns.code].flatMap((code, idx) => (code === 0x18 ? [{ src: insns.src[idx], imm: insns.imm[idx] }] : []));
    expect(wide).toEqual([{ src: PSEUDO_BTF_ID, imm: lockId }, { src: 0, imm: 0 }]);
  });
});
