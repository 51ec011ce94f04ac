// Is a table of functions laid out as this kernel has it, and refused where it has it not?
//
// tools/load-diff.mjs compares the calls with libbpf's against the running kernel; here kernels are made up.
import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_STRUCT, BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_F_LINK, BPF_F_VTYPE_BTF_OBJ_FD, EPERM } from '@rootlet/uapi';
import { KernelError, loadObject, parseObject } from '../src/index.ts';
import type { LoadedObject, LoadOptions, MapOverride } from '../src/index.ts';
import { BLIND, RecordingKernel } from './load-answers.ts';
import type { Call } from './load-answers.ts';
import { exampleBytes } from './support.ts';

/** What a kernel has otherwise than usual. */
interface Quirks {
  readonly base?: Btf;
  readonly without?: readonly string[];
  readonly nameBytes?: number;
  readonly undo?: 'int' | 'int pointer' | 'bitfield';
  readonly value?: 'missing' | 'empty' | 'short';
}

/** BTF of a kernel with congestion controls: members stand at 8, 16, … in the struct, which stands at 64 in the value. */
function kernelBtf(quirks: Quirks = {}): Btf {
  const builder = new BtfBuilder(quirks.base === undefined ? {} : { base: quirks.base });
  const int = builder.addInt('int', 4);
  const char = builder.addInt('char', 1);
  const func = builder.addPtr(builder.addFuncProto(int));
  const name = builder.addArray(char, int, quirks.nameBytes ?? 16);
  const intPtr = builder.addPtr(int);
  const undo = quirks.undo === 'int pointer' ? intPtr : quirks.undo === undefined ? func : int;
  const members: [string, number][] = [['undo_cwnd', undo], ['init', func], ['ssthresh', func], ['cong_avoid', func], ['name', name]];
  const struct = builder.addStruct('tcp_congestion_ops', 8 + 8 * members.length + 16);
  members.forEach(([member, type], idx) => {
    if (!(quirks.without ?? []).includes(member)) builder.addField(member, type, 64 * (idx + 1), quirks.undo === 'bitfield' && idx === 0 ? 3 : 0);
  });
  if (quirks.value !== 'missing') {
    builder.addStruct('bpf_struct_ops_tcp_congestion_ops', quirks.value === 'short' ? 70 : 64 + 64);
    builder.addField('common', int, 0);
    if (quirks.value !== 'empty') builder.addField('data', struct, 8 * 64);
  }
  return builder.build();
}

const spec = parseObject(exampleBytes('objects/struct_ops_tcp.o'), { name: 'struct_ops_tcp' });

interface Loaded {
  readonly object: LoadedObject;
  readonly calls: readonly Call[];
}

function load(vmlinux: Btf | undefined, modules: readonly Btf[] = [], options: LoadOptions = {}): Loaded {
  const kernel = new RecordingKernel();
  const moduleBtfs = modules.map((btf, idx) => ({ name: `module${idx}`, fd: 40 + idx, btf }));
  const object = loadObject(spec, kernel.asKernel({ ...BLIND, vmlinuxBtf: () => vmlinux, moduleBtfs: () => moduleBtfs }), options);
  return { object, calls: kernel.calls };
}

function mapOptions(name: string, override: MapOverride): LoadOptions {
  return { maps: new Map([[name, override]]) };
}

const idOf = (btf: Btf, name: string): number => btf.findByNameKind(name, BTF_KIND_STRUCT) ?? 0;

describe('struct_ops in a kernel', () => {
  const vmlinux = kernelBtf();

  it('cannot do without its BTF', () => {
    const kernel = new RecordingKernel();
    const btfLoad = (): number => {
      throw new KernelError('btf load', EPERM, 'refused');
    };
    expect(() => loadObject(spec, { ...kernel.asKernel({ ...BLIND, vmlinuxBtf: () => vmlinux, moduleBtfs: () => [] }), btfLoad })).toThrow(
      expect.objectContaining({ code: 'BTF_LOAD', errno: EPERM, message: expect.stringContaining('its BTF is mandatory') }),
    );
    expect(kernel.calls).toEqual([]);
  });

  it('creates maps of the kernel\'s value, and loads programs as members of its struct', () => {
    const { calls } = load(vmlinux);
    const created = { call: 'mapCreate', type: 26, keySize: 4, valueSize: 128, maxEntries: 1, vmlinuxValueTypeId: idOf(vmlinux, 'bpf_struct_ops_tcp_congestion_ops') };
    expect(calls.filter(({ call }) => call === 'mapCreate')).toEqual([
      { ...created, name: 'first', flags: BPF_F_LINK },
      { ...created, name: 'second', flags: BPF_F_LINK },
      { ...created, name: 'held_by_map' },
    ]);
    const programs = calls.filter(({ call }) => call === 'progLoad').map(({ name, attachType, attachBtfId }) => ({ name, attachType, attachBtfId }));
    const attachBtfId = idOf(vmlinux, 'tcp_congestion_ops');
    expect(programs).toEqual([
      { name: 'own_ssthresh', attachType: 2, attachBtfId },
      { name: 'own_cong_avoid', attachType: 3, attachBtfId },
      { name: 'own_undo_cwnd', attachType: undefined, attachBtfId },
    ]);
  });

  it('puts members where the kernel has them, and fds where functions stand', () => {
    const { object } = load(vmlinux);
    for (const name of ['first', 'held_by_map']) {
      const map = object.maps.find((candidate) => candidate.spec.name === name);
      const value = map === undefined ? undefined : object.structOpsValue(map.spec);
      const data = new DataView(value?.buffer ?? new ArrayBuffer(128));
      const fdOf = (program: string): bigint => BigInt(object.programs.get(program)?.fd ?? -1);
      expect([8, 16, 24, 32].map((byteOff) => data.getBigUint64(64 + byteOff, true))).toEqual([fdOf('own_undo_cwnd'), 0n, fdOf('own_ssthresh'), fdOf('own_cong_avoid')]);
      const text = new TextDecoder().decode(new Uint8Array(data.buffer, 64 + 40, 16)).replaceAll('\0', '');
      expect(text).toBe(name === 'first' ? 'rootlet_test' : 'rootlet_map');
    }
    const leftOut = object.maps.find((candidate) => candidate.spec.name === 'left_out');
    expect(leftOut && object.structOpsValue(leftOut.spec)).toBeUndefined();
  });

  it('finds structs of modules, and names their BTF by fd', () => {
    const base = new BtfBuilder();
    base.addInt('long', 8);
    const other = base.build();
    const module = kernelBtf({ base: other });
    const { calls } = load(other, [kernelBtf({ base: other, value: 'missing' }), module]);
    expect(calls.find(({ call }) => call === 'mapCreate')).toMatchObject({ name: 'first', flags: BPF_F_LINK | BPF_F_VTYPE_BTF_OBJ_FD, vmlinuxValueTypeId: idOf(module, 'bpf_struct_ops_tcp_congestion_ops') });
    expect(calls.find(({ call }) => call === 'progLoad')).toMatchObject({ attachBtfId: idOf(module, 'tcp_congestion_ops'), hasAttachFd: 1 });
  });

  it('a program that may be put elsewhere, or taken out', () => {
    const byteOff = 16;
    const { object, calls } = load(vmlinux, [], { maps: new Map([['held_by_map', { functions: new Map([[byteOff, undefined]]) }]]) });
    const map = object.maps.find((candidate) => candidate.spec.name === 'held_by_map');
    const value = (map && object.structOpsValue(map.spec)) ?? new Uint8Array(128);
    expect(new DataView(value.buffer).getBigUint64(64 + 8, true)).toBe(0n);
    expect(calls.filter(({ call }) => call === 'progLoad')).toHaveLength(3);
  });

  it.each<[string, Quirks | undefined, string, number, LoadOptions]>([
    ['no BTF at all', undefined, "has no BTF that has 'struct tcp_congestion_ops'", 3, {}],
    ['no such value', { value: 'missing' }, 'struct bpf_struct_ops_tcp_congestion_ops is not found in kernel BTF', 3, {}],
    ['a value without the struct', { value: 'empty' }, 'struct tcp_congestion_ops data is not found in struct bpf_struct_ops_tcp_congestion_ops', 22, {}],
    ['a value that is too small', { value: 'short' }, 'struct bpf_struct_ops_tcp_congestion_ops of 70 bytes does not hold struct tcp_congestion_ops', 22, {}],
    ['no such member', { without: ['ssthresh'] }, 'Cannot find member ssthresh in kernel BTF', 95, {}],
    ['another size', { nameBytes: 8 }, 'Error in size of member name: 16 != 8(kernel)', 95, {}],
    ['another kind', { undo: 'int' }, 'Unmatched member type undo_cwnd 2 != 1(kernel)', 95, {}],
    ['no pointer to a function', { undo: 'int pointer' }, 'kernel member undo_cwnd is not a func ptr', 95, {}],
    ['a bitfield', { undo: 'bitfield' }, 'bitfield undo_cwnd is not supported', 95, {}],
    ['a member that was set', {}, 'Cannot find member not_there in kernel BTF', 95, mapOptions('left_out', { autocreate: true })],
    ['one program in two places', {}, 'func ptr undo_cwnd: invalid reuse of prog own_ssthresh: expected_attach_type 2 != kern_member_idx 0', 22, mapOptions('held_by_map', { functions: new Map([[16, 'own_ssthresh']]) })],
  ])('refuses %s', (_, quirks, problem, errno, options) => {
    const action = (): unknown => load(quirks && kernelBtf(quirks), [], options);
    expect(action).toThrow(expect.objectContaining({ code: quirks === undefined ? 'NO_KERNEL_BTF' : 'STRUCT_OPS_KERNEL', errno, message: expect.stringContaining(problem) }));
  });

  it('refuses a program that no table has', () => {
    const options: LoadOptions = { programs: new Map([['unwanted', { autoload: true }]]) };
    expect(() => load(vmlinux, [], options)).toThrow(expect.objectContaining({ code: 'STRUCT_OPS_UNUSED', message: expect.stringContaining("program 'unwanted'") }));
  });

  it('a table whose program is not loaded is not given to the kernel', () => {
    const { object } = load(vmlinux, [], { programs: new Map([['own_ssthresh', { autoload: false }]]) });
    const map = object.maps[0];
    expect(() => map && object.structOpsValue(map.spec)).toThrow(expect.objectContaining({ code: 'STRUCT_OPS_KERNEL', message: expect.stringContaining("member ssthresh: program 'own_ssthresh' is not loaded") }));
  });
});
