import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BtfBuilder, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { EBUSY, EINVAL } from '@rootlet/uapi';
import { BpfObject } from '../src/index.ts';
import type { Kernel } from '../src/index.ts';
import { countsOf, errorOf, example, newKernel, onLinux, packet } from './support.ts';

const NOTHING = { progs: 0, maps: 0, btfs: 0, links: 0, fds: 0 };
const [XDP_DROP, XDP_PASS] = [1, 2];

function open(name: string, kernel: Kernel, folder = 'programs'): BpfObject {
  const bytes = readFileSync(join(__dirname, `../../../docs/examples/${folder}/${name}.o`));
  return BpfObject.open({ name, bytes }, { kernel, ...(onLinux ? {} : { kernelBtf: anyKernel() }) });
}

/** The types of a kernel that has tasks. */
function anyKernel(): Btf {
  const builder = new BtfBuilder();
  builder.addStruct('task_struct', 8);
  return parseBtf(builder.encode());
}

/** An IPv4 packet from 10.0.0.1. */
function ipPacket(): Uint8Array {
  const bytes = packet(0);
  bytes.set([0x08, 0x00], 12);
  bytes.set([10, 0, 0, 1], 26);
  return bytes;
}

/** The instruction that loads a map. */
const LD_IMM64 = 0x18;
const BPF_PSEUDO_MAP_FD = 1;
const SENDER = Uint8Array.of(10, 0, 0, 1);

describe('an object that is prepared', () => {
  it('has its BTF and maps in the kernel, and its programs refer to them; none is verified', () => {
    const kernel = newKernel();
    const object = open('xdp_hash', kernel).prepare();
    const program = object.findProgram('xdp_hash');
    const senders = object.findMap('senders');
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 2, btfs: 1 });
    expect([object.isPrepared, object.isLoaded, program?.fd]).toEqual([true, false, -1]);
    expect(object.btfFd).toBeGreaterThanOrEqual(0);
    const { code, src, imm } = program?.insns ?? {};
    expect(new Set(imm?.filter((_, idx) => code?.[idx] === LD_IMM64 && src?.[idx] === BPF_PSEUDO_MAP_FD))).toEqual(new Set([senders?.fd]));
    expect(program?.funcInfo).toHaveLength(1);
    object.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('is loaded with what its maps hold by then', () => {
    const kernel = newKernel();
    const object = open('xdp_hash', kernel);
    object.setVariable('limit', 7n);
    object.prepare();
    const value = new Uint8Array(16);
    new DataView(value.buffer).setBigUint64(0, 6n, true);
    object.findMap('senders')?.update(SENDER, value);
    const fds = object.maps.map(({ fd }) => fd);
    object.load();
    expect(object.maps.map(({ fd }) => fd)).toEqual(fds);
    expect(object.isPrepared).toBe(false);
    const run = (): number | undefined => object.findProgram('xdp_hash')?.testRun({ dataIn: ipPacket() }).retval;
    expect([run(), run()]).toEqual([XDP_PASS, XDP_DROP]);
    object.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('takes settings of programs, none of maps; what needs a loaded program says so', () => {
    const object = open('xdp_hash', newKernel()).prepare();
    const program = object.findProgram('xdp_hash');
    const senders = object.findMap('senders');
    expect(errorOf(() => senders?.setMaxEntries(5))).toMatchObject({ code: 'ALREADY_LOADED', errno: EBUSY });
    expect(errorOf(() => senders?.setAutocreate(false))).toMatchObject({ code: 'ALREADY_LOADED', errno: EBUSY });
    expect(errorOf(() => object.setVariable('limit', 1n)).code).toBe('EPERM');
    expect(errorOf(() => program?.testRun({ dataIn: packet() }))).toMatchObject({ code: 'NOT_LOADED', errno: EINVAL });
    for (const act of [() => object.attach(), () => object.relink()]) expect(errorOf(act)).toMatchObject({ code: 'NOT_LOADED', errno: EINVAL });
    program?.setLogLevel(2);
    object.load();
    expect(program?.log).toContain('processed');
    object.close();
  });

  it('is prepared once and loaded once', () => {
    const object = open('xdp_hash', newKernel()).prepare();
    expect(errorOf(() => object.prepare())).toMatchObject({ code: 'ALREADY_PREPARED', errno: EINVAL });
    object.load();
    expect(errorOf(() => object.prepare())).toMatchObject({ code: 'ALREADY_LOADED', errno: EINVAL });
    expect(errorOf(() => object.load())).toMatchObject({ code: 'ALREADY_LOADED', errno: EINVAL });
    object.close();
  });

  it('fills program arrays when it is loaded', () => {
    const object = open('tail_calls', newKernel()).prepare();
    expect(object.findMap('handlers')?.nextKey()).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(object.findMap('handlers')?.lookup(1)).toBeUndefined();
    object.load();
    expect(object.findProgram('tail_calls')?.testRun({ dataIn: packet(1) }).retval).toBe(11);
    object.close();
  });
});

describe('what fails', () => {
  it('leaves nothing when it is a map', () => {
    const kernel = newKernel();
    const object = open('xdp_hash', kernel);
    object.findMap('senders')?.setMaxEntries(0);
    expect(errorOf(() => object.prepare())).toMatchObject({ code: 'MAP_CREATE', errno: EINVAL });
    expect(object.isPrepared).toBe(false);
    expect(countsOf(kernel)).toMatchObject(NOTHING);
    object.findMap('senders')?.setMaxEntries(8);
    object.prepare().load().close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('leaves nothing when it is a program, of what was prepared either', () => {
    const kernel = newKernel();
    const object = open('bad_map_bound', kernel).prepare();
    expect(countsOf(kernel)).toMatchObject({ progs: 0, btfs: 1 });
    expect(errorOf(() => object.load())).toMatchObject({ code: 'PROG_LOAD' });
    expect([object.isPrepared, object.maps[0]?.fd]).toEqual([false, -1]);
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });
});

describe('what changes between preparing and loading', () => {
  it('functions that others offer meanwhile are called', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('main_prog'), { kernel }).prepare();
    const helpers = BpfObject.open(example('helpers'), { kernel }).load();
    main.load();
    expect(main.findProgram('main_prog')?.bindings.map(({ provider }) => provider?.objectName)).toEqual(['helpers', 'helpers']);
    expect(main.findProgram('main_prog')?.testRun({ dataIn: packet(7) }).retval).toBe(23);
    main.close();
    helpers.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('functions that are gone by then are waited for', () => {
    const kernel = newKernel();
    const helpers = BpfObject.open(example('helpers'), { kernel }).load();
    const main = BpfObject.open(example('main_prog'), { kernel }).prepare();
    helpers.close();
    main.load();
    expect(main.findProgram('main_prog')?.info().unbound).toEqual(['foo', 'bar']);
    main.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('a program that is wanted only then is fitted to the kernel, too', () => {
    const kernel = newKernel();
    const object = open('missing', kernel, 'objects').prepare();
    const program = object.findProgram('member_is_missing');
    expect(program?.funcInfo).toEqual([]);
    program?.setAutoload(true);
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'PROG_LOAD', errno: EINVAL });
    expect(error.log).toContain('<invalid CO-RE relocation>\nfailed to resolve CO-RE relocation <byte_off>');
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });
});
