import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BPF_F_STRICT_ALIGNMENT, BPF_MAP_TYPE_LRU_HASH, EBUSY, EINVAL } from '@rootlet/uapi';
import { BpfObject, readKernelBtf, SimKernel } from '../src/index.ts';
import { errorOf, packet } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/objects/settings.o'));

function open(kernel = new SimKernel()): BpfObject {
  return BpfObject.open({ name: 'settings', bytes }, { kernel });
}

function run(object: BpfObject): number {
  return (object.findProgram('settings')?.testRun({ dataIn: packet() }).retval ?? NaN) | 0;
}

/** What the program returns as it was compiled. */
const UNSET = 41 - 5 + 7 + 1 - 2 + 4 + 6 + 0;

describe('variables before load', () => {
  it('have the values of the source', () => {
    const object = open();
    expect(object.getVariable('answer')).toBe(41);
    expect(object.getVariable('offset')).toBe(-5);
    expect(object.getVariable('verbose')).toBe(false);
    expect(object.getVariable('limits')).toMatchObject({ low: 1, high: -2n, flags: 0 });
    expect(run(object.load())).toBe(UNSET);
  });

  it('are set by name, as their types say; what is not mentioned stays', () => {
    const object = open();
    object.setVariable('answer', 100);
    object.setVariable('offset', -50);
    object.setVariable('mode', 'MODE_OFF');
    object.setVariable('limits', { low: 1000, flags: 5 });
    object.setVariable('table', [0, 0, 0, 10n]);
    object.setVariable('small', [1, 2, 3]);
    expect(object.getVariable('limits')).toMatchObject({ low: 1000, high: -2n, flags: 5 });
    expect(run(object.load())).toBe(100 - 50 + 0 + 1000 - 2 + 10 + 6 + 2);
  });

  it('values that do not fit, and names that mean nothing, are refused and change nothing', () => {
    const object = open();
    for (const [name, value] of [['answer', -1], ['answer', 2 ** 32], ['mode', 'MODE_ODD'], ['table', [1, 2, 3, 4, 5]], ['limits', { lower: 1 }]] as const) {
      expect(errorOf(() => object.setVariable(name, value)).code).toBe('BTF_VALUE');
    }
    expect(errorOf(() => object.setVariable('no_such', 1)).code).toBe('NO_VARIABLE');
    expect(errorOf(() => object.setVariable('shared', 1)).code).toBe('NO_VARIABLE');
    expect(run(object.load())).toBe(UNSET);
  });

  it('initialValue may be written in place; setInitialValue wants the right size', () => {
    const object = open();
    const table = object.findMap('.data.table');
    new DataView(table?.initialValue?.buffer as ArrayBuffer).setBigUint64(24, 50n, true);
    expect(errorOf(() => table?.setInitialValue(new Uint8Array(8)))).toMatchObject({ code: 'INITIAL_VALUE', errno: EINVAL });
    expect(errorOf(() => object.findMap('shared')?.setInitialValue(new Uint8Array(8))).code).toBe('INITIAL_VALUE');
    expect(run(object.load())).toBe(UNSET - 4 + 50);
  });

  it('are read and written after load; constants are not', () => {
    const object = open().load();
    run(object);
    run(object);
    expect(object.getVariable('calls')).toBe(2n);
    object.setVariable('calls', 40);
    run(object);
    expect(object.getVariable('calls')).toBe(41n);
    expect(errorOf(() => object.setVariable('answer', 1)).code).toBe('EPERM');
  });
});

describe('maps before load', () => {
  it('sizes, type and flags are what is created, and refused afterwards with EBUSY', () => {
    const object = open();
    const map = object.findMap('optional');
    map?.setType(BPF_MAP_TYPE_LRU_HASH);
    map?.setMaxEntries(99);
    map?.setKeySize(4);
    map?.setValueSize(8);
    expect(map).toMatchObject({ type: BPF_MAP_TYPE_LRU_HASH, maxEntries: 99 });
    object.load();
    expect(map?.info()).toMatchObject({ type: BPF_MAP_TYPE_LRU_HASH, maxEntries: 99, keySize: 4, valueSize: 8 });
    for (const change of [() => map?.setMaxEntries(1), () => map?.setType(1), () => map?.setAutocreate(false), () => map?.setPinPath('/x')]) {
      expect(errorOf(change)).toMatchObject({ code: 'ALREADY_LOADED', errno: EBUSY });
    }
  });

  it('a map that is not created is missed only where a program reaches it', () => {
    const object = open();
    object.findMap('optional')?.setAutocreate(false);
    expect(run(object.load())).toBe(UNSET);
    expect(object.findMap('optional')?.fd).toBe(-1);

    const reaching = open();
    reaching.findMap('optional')?.setAutocreate(false);
    reaching.setVariable('verbose', true);
    const error = errorOf(() => reaching.load());
    expect(error.code).toBe('PROG_LOAD');
    expect(error.message).toContain("BPF map 'optional' is referenced but wasn't created");
    expect(error.log).toMatch(/\d+: <invalid BPF map reference>\nBPF map 'optional' is referenced but wasn't created/);
  });

  // As libbpf: tools/open-diff/probe.c and bpf_map__set_value_size on the same sections.
  it('global data grows by the array at its end; without one BTF no longer describes it', () => {
    const object = open();
    const table = object.findMap('.data.table');
    table?.setValueSize(64);
    expect(table?.btfValueTypeId).not.toBe(0);
    object.setVariable('table', [1, 2, 3, 4, 5, 6, 7, 8n]);
    expect(object.getVariable('table')).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(errorOf(() => object.setVariable('table', Array.from({ length: 9 }, () => 0))).code).toBe('BTF_VALUE');
    const plain = object.findMap('.data.plain');
    plain?.setValueSize(16);
    expect(plain).toMatchObject({ btfValueTypeId: 0, valueSize: 16 });
    expect(run(object.load())).toBe(UNSET);
    expect(table?.info()).toMatchObject({ valueSize: 64 });
    expect(table?.lookup(0)?.length).toBe(64);
    expect(object.getVariable('before_last')).toBe(6);

    const odd = open().findMap('.data.table');
    odd?.setValueSize(30);
    expect(odd).toMatchObject({ btfValueTypeId: 0 });
    expect(errorOf(() => odd?.setValueSize(0)).code).toBe('MAP_RESIZE');
    expect(errorOf(() => odd?.setValueSize(2 ** 40)).code).toBe('MAP_RESIZE');
  });

  it('an existing map is used with its sizes, and stays its owner\'s', () => {
    const kernel = new SimKernel();
    const first = open(kernel).load();
    const second = open(kernel);
    const shared = second.findMap('shared');
    shared?.setPinPath(undefined);
    shared?.reuseFd(first.findMap('shared')?.fd ?? -1);
    run(second.load());
    run(first);
    expect(first.findMap('shared')?.lookup(0)?.[0]).toBe(2);
    second.close();
    expect(first.findMap('shared')?.lookup(0)?.[0]).toBe(2);
  });
});

describe('pinned maps', () => {
  it('are found where they are pinned, and pinned where they are not', () => {
    const kernel = new SimKernel();
    const first = open(kernel);
    expect(first.findMap('shared')?.pinPath).toBe('/sys/fs/bpf/shared');
    run(first.load());
    first.close();
    const second = open(kernel).load();
    run(second);
    expect(second.findMap('shared')?.lookup(0)?.[0]).toBe(2);
    second.findMap('shared')?.unpin();
    const third = open(kernel).load();
    expect(third.findMap('shared')?.lookup(0)?.[0]).toBe(0);
  });

  it('stand in the folder that open was given', () => {
    const kernel = new SimKernel();
    const object = BpfObject.open({ name: 'settings', bytes }, { kernel, pinRootPath: '/sys/fs/bpf/mine' });
    expect(object.findMap('shared')?.pinPath).toBe('/sys/fs/bpf/mine/shared');
    object.load();
    expect(() => kernel.close(kernel.objGet('/sys/fs/bpf/mine/shared'))).not.toThrow();
  });

  it('of another kind are refused, and a load that fails takes its pins back', () => {
    const kernel = new SimKernel();
    open(kernel).load();
    const other = open(kernel);
    other.findMap('shared')?.setMaxEntries(77);
    expect(errorOf(() => other.load())).toMatchObject({ code: 'MAP_REUSE', errno: EINVAL });

    const failing = open(kernel);
    failing.findMap('shared')?.setPinPath('/sys/fs/bpf/elsewhere');
    failing.findMap('optional')?.setAutocreate(false);
    failing.setVariable('verbose', true);
    expect(() => failing.load()).toThrow();
    expect(() => kernel.objGet('/sys/fs/bpf/elsewhere')).toThrow();
  });
});

describe('BpfObject', () => {
  it('has the name that libbpf gives it, and the version it was compiled for', () => {
    expect(open().kversion).toBe(0x50f00);
    expect(BpfObject.open(join(__dirname, '../../../docs/examples/programs/math64.v4.o'), { kernel: new SimKernel() }).name).toBe('math64');
  });
});

describe('a program', () => {
  it('shows its flags, level and code, as the object has them and as the kernel got them', () => {
    const object = open();
    const program = object.findProgram('settings');
    if (program === undefined) throw new Error('no program');
    expect([program.flags, program.logLevel, object.btfFd]).toEqual([0, 0, -1]);
    program.setFlags(BPF_F_STRICT_ALIGNMENT);
    program.setLogLevel(2);
    expect([program.flags, program.logLevel]).toEqual([BPF_F_STRICT_ALIGNMENT, 2]);
    const written = program.insns;
    expect(program.funcInfo).toEqual([]);
    expect(program.lineInfo[0]?.insnIdx).toBe(0);
    object.load();
    expect(program.log).toContain('processed');
    expect(program.insns.length).toBeGreaterThanOrEqual(written.length);
    expect(program.funcInfo.map(({ insnIdx, typeId }) => [insnIdx, object.btf?.name(typeId)])).toEqual([[0, 'settings']]);
    expect(program.lineInfo.length).toBeGreaterThan(1);
    expect(() => program.setFlags(0)).toThrow(expect.objectContaining({ code: 'ALREADY_LOADED' }));
    object.close();
  });

  it('and its types, which are the kernel\'s by their id, too', () => {
    const kernel = new SimKernel();
    const object = open(kernel).load();
    expect(object.btfFd).toBeGreaterThan(0);
    const { btfId = 0 } = object.findProgram('settings')?.info() ?? {};
    const btf = readKernelBtf(kernel, btfId);
    expect(btf.findByName('settings')).toBe(object.btf?.findByName('settings'));
    expect(errorOf(() => readKernelBtf(kernel, 99_999))).toMatchObject({ code: 'ENOENT' });
    // A pinned map would hold them.
    object.unpinMaps();
    object.close();
    expect(errorOf(() => readKernelBtf(kernel, btfId))).toMatchObject({ code: 'ENOENT' });
  });

  it('is for no one interface where it is simulated', () => {
    const object = open();
    object.findProgram('settings')?.setIfindex(3);
    expect(errorOf(() => object.load())).toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('one interface') });
  });
});
