// Do fds, ids, references, pins and maps behave as in a kernel?
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { PROFILE_6_1, PROFILE_6_12 } from '@rootlet/verifier-sim';
import type { MapAttr } from '@rootlet/loader';
import { SimKernel } from '../src/index.ts';
import { acceptAll, credulousKernel, errorOf, progAttr, program } from './support.ts';

const NOTHING = { fds: 0, progs: 0, maps: 0, btfs: 0, links: 0, pins: 0 };
const PASS = program([0xb7, 0, 0, 0, 2], [0x95]);

function mapAttr(fields: Partial<MapAttr> = {}): MapAttr {
  return { name: 'map', type: uapi.BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 4, flags: 0, ...fields };
}

function u32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

describe('fds', () => {
  it('are the lowest free numbers from 3 up, and closed ones are EBADF', () => {
    const kernel = credulousKernel();
    const fds = [kernel.mapCreate(mapAttr()), kernel.mapCreate(mapAttr()), kernel.mapCreate(mapAttr())];
    expect(fds).toEqual([3, 4, 5]);
    kernel.close(4);
    expect(errorOf(() => kernel.info(4))).toMatchObject({ code: 'EBADF', errno: 9 });
    expect(errorOf(() => kernel.close(4)).code).toBe('EBADF');
    expect(kernel.mapCreate(mapAttr())).toBe(4);
  });

  it('of the wrong kind are EINVAL', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    expect(errorOf(() => kernel.progTestRun(map, {})).code).toBe('EINVAL');
    expect(errorOf(() => kernel.linkDetach(map)).code).toBe('EINVAL');
  });

  it('run out', () => {
    const kernel = credulousKernel({ fdLimit: 2 });
    kernel.mapCreate(mapAttr());
    kernel.mapCreate(mapAttr());
    expect(errorOf(() => kernel.mapCreate(mapAttr())).code).toBe('EMFILE');
    expect(errorOf(() => kernel.progLoad(progAttr(PASS))).code).toBe('EMFILE');
    expect(kernel.counts()).toMatchObject({ fds: 2, maps: 2, progs: 0 });
  });
});

describe('ids', () => {
  it('are found, opened and never used twice', () => {
    const kernel = credulousKernel();
    const first = kernel.progLoad(progAttr(PASS, { name: 'first' })).fd;
    const second = kernel.progLoad(progAttr(PASS, { name: 'second' })).fd;
    expect(kernel.ids('prog')).toEqual([1, 2]);
    const again = kernel.progFdById(2);
    kernel.close(second);
    expect(kernel.info(again)).toMatchObject({ kind: 'prog', id: 2, name: 'second', type: uapi.BPF_PROG_TYPE_XDP });
    kernel.close(again);
    expect(errorOf(() => kernel.progFdById(2)).code).toBe('ENOENT');
    kernel.close(first);
    kernel.progLoad(progAttr(PASS));
    expect(kernel.ids('prog')).toEqual([3]);
  });

  it('tags depend on the instructions, not on map fds', () => {
    const kernel = credulousKernel();
    const tagOf = (fd: number): string => {
      const insns = program([0x18, 1, 1, 0, fd], [0], [0xb7, 0, 0, 0, 0], [0x95]);
      const info = kernel.info(kernel.progLoad(progAttr(insns)).fd);
      return info.kind === 'prog' ? info.tag : '';
    };
    const [one, two] = [kernel.mapCreate(mapAttr()), kernel.mapCreate(mapAttr())];
    expect(tagOf(one)).toMatch(/^[0-9a-f]{16}$/);
    expect(tagOf(one)).toBe(tagOf(two));
    const other = kernel.info(kernel.progLoad(progAttr(PASS)).fd);
    expect(other.kind === 'prog' && other.tag).not.toBe(tagOf(one));
  });
});

describe('references', () => {
  it('a program holds its maps', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    const { fd } = kernel.progLoad(progAttr(program([0x18, 1, 1, 0, map], [0], [0xb7], [0x95])));
    kernel.close(map);
    expect(kernel.counts()).toMatchObject({ maps: 1, fds: 1 });
    expect(kernel.info(fd)).toMatchObject({ mapIds: [1] });
    kernel.close(fd);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('a map holds its BTF and the prototype of its inner maps', () => {
    const kernel = credulousKernel();
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    const btfFd = kernel.btfLoad(builder.encode());
    const inner = kernel.mapCreate(mapAttr({ btfFd, btfKeyTypeId: int, btfValueTypeId: int }));
    const outer = kernel.mapCreate(mapAttr({ type: uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS, innerMapFd: inner }));
    kernel.close(btfFd);
    kernel.close(inner);
    expect(kernel.counts()).toMatchObject({ maps: 2, btfs: 1, fds: 1 });
    kernel.close(outer);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('maps of maps hold what is in them, and show ids', () => {
    const kernel = credulousKernel();
    const inner = kernel.mapCreate(mapAttr());
    const other = kernel.mapCreate(mapAttr());
    const outer = kernel.mapCreate(mapAttr({ type: uapi.BPF_MAP_TYPE_HASH_OF_MAPS, innerMapFd: inner }));
    kernel.mapUpdate(outer, u32(7), u32(inner));
    expect(kernel.mapLookup(outer, u32(7))).toEqual(u32(1));
    kernel.mapUpdate(outer, u32(7), u32(other));
    expect(kernel.mapLookup(outer, u32(7))).toEqual(u32(2));
    kernel.close(other);
    expect(kernel.counts().maps).toBe(3);
    const wrong = kernel.mapCreate(mapAttr({ valueSize: 8 }));
    expect(errorOf(() => kernel.mapUpdate(outer, u32(8), u32(wrong))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapUpdate(outer, u32(8), u32(99))).code).toBe('EBADF');
    expect(kernel.mapDelete(outer, u32(7))).toBe(true);
    expect(kernel.mapDelete(outer, u32(7))).toBe(false);
    for (const fd of [inner, outer, wrong]) kernel.close(fd);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('programs that tail-call each other do not keep each other alive', () => {
    const kernel = credulousKernel();
    const array = kernel.mapCreate(mapAttr({ type: uapi.BPF_MAP_TYPE_PROG_ARRAY }));
    const insns = program([0x18, 2, 1, 0, array], [0], [0xb7, 3, 0, 0, 0], [0x85, 0, 0, 0, 12], [0xb7, 0, 0, 0, 7], [0x95]);
    const { fd } = kernel.progLoad(progAttr(insns));
    kernel.mapUpdate(array, u32(0), u32(fd));
    expect(kernel.progTestRun(fd, {})).toMatchObject({ retval: 7, insns: 34 * 3 + 2 });
    kernel.close(fd);
    expect(kernel.counts()).toMatchObject({ progs: 1, maps: 1 });
    kernel.close(array);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('Symbol.dispose leaves nothing', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    kernel.objPin(map, '/sys/fs/bpf/a/b/map');
    kernel.progLoad(progAttr(PASS));
    kernel[Symbol.dispose]();
    expect(kernel.counts()).toEqual(NOTHING);
  });
});

describe('bpffs', () => {
  it('holds what is pinned', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    kernel.mapUpdate(map, u32(1), u32(42));
    kernel.objPin(map, '/sys/fs/bpf/dir/map');
    kernel.close(map);
    expect(kernel.pins()).toEqual(['/sys/fs/bpf/dir/map']);
    const again = kernel.objGet('/sys/fs/bpf/dir/map');
    expect(kernel.mapLookup(again, u32(1))).toEqual(u32(42));
    kernel.objUnpin('/sys/fs/bpf/dir/map');
    kernel.close(again);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('says what is wrong with a path', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    const pin = (path: string): string => errorOf(() => kernel.objPin(map, path)).code;
    kernel.objPin(map, '/sys/fs/bpf/map');
    expect(pin('/sys/fs/bpf/map')).toBe('EEXIST');
    expect(pin('/sys/fs/bpf/map/below')).toBe('ENOTDIR');
    expect(pin('/tmp/map')).toBe('EPERM');
    expect(pin('/sys/fs/bpf/../map')).toBe('EINVAL');
    expect(pin('/sys/fs/bpf/ma.p')).toBe('EPERM');
    expect(pin(`/sys/fs/bpf/${'x'.repeat(300)}`)).toBe('ENAMETOOLONG');
    expect(errorOf(() => kernel.objGet('/sys/fs/bpf/none')).code).toBe('ENOENT');
    kernel.objPin(map, '/sys/fs/bpf/dir/map');
    expect(errorOf(() => kernel.objGet('/sys/fs/bpf/dir')).code).toBe('EISDIR');
    expect(errorOf(() => kernel.objUnpin('/sys/fs/bpf/dir')).code).toBe('ENOTEMPTY');
    kernel.objUnpin('/sys/fs/bpf/dir/map');
    kernel.objUnpin('/sys/fs/bpf/dir');
    expect(kernel.pins()).toEqual(['/sys/fs/bpf/map']);
  });

  it('does not pin BTF', () => {
    const kernel = credulousKernel();
    const builder = new BtfBuilder();
    builder.addInt('int', 4);
    const fd = kernel.btfLoad(builder.encode());
    expect(errorOf(() => kernel.objPin(fd, '/sys/fs/bpf/btf')).code).toBe('EINVAL');
  });
});

describe('maps', () => {
  it('that are frozen or one-sided refuse', () => {
    const kernel = credulousKernel();
    const map = kernel.mapCreate(mapAttr());
    kernel.mapFreeze(map);
    expect(errorOf(() => kernel.mapUpdate(map, u32(0), u32(1))).code).toBe('EPERM');
    const readOnly = kernel.mapCreate(mapAttr({ flags: uapi.BPF_F_RDONLY }));
    expect(errorOf(() => kernel.mapUpdate(readOnly, u32(0), u32(1))).code).toBe('EPERM');
    const writeOnly = kernel.mapCreate(mapAttr({ flags: uapi.BPF_F_WRONLY }));
    expect(errorOf(() => kernel.mapLookup(writeOnly, u32(0))).code).toBe('EPERM');
  });

  it('check names, sizes and keys', () => {
    const kernel = credulousKernel();
    expect(errorOf(() => kernel.mapCreate(mapAttr({ name: 'a b' }))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapCreate(mapAttr({ maxEntries: 0 }))).code).toBe('EINVAL');
    const map = kernel.mapCreate(mapAttr());
    expect(errorOf(() => kernel.mapLookup(map, new Uint8Array(3))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapUpdate(map, u32(0), new Uint8Array(3))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapUpdate(map, u32(9), u32(0))).code).toBe('E2BIG');
    expect(errorOf(() => kernel.mapDelete(map, u32(0))).code).toBe('EINVAL');
  });

  it('queues give and take without keys', () => {
    const kernel = credulousKernel();
    const none = new Uint8Array(0);
    const queue = kernel.mapCreate(mapAttr({ type: uapi.BPF_MAP_TYPE_QUEUE, keySize: 0, maxEntries: 2 }));
    kernel.mapUpdate(queue, none, u32(1));
    kernel.mapUpdate(queue, none, u32(2));
    expect(errorOf(() => kernel.mapUpdate(queue, none, u32(3))).code).toBe('E2BIG');
    expect(kernel.mapLookup(queue, none)).toEqual(u32(1));
    expect(kernel.mapLookupAndDelete(queue, none)).toEqual(u32(1));
    expect(kernel.mapLookupAndDelete(queue, none)).toEqual(u32(2));
    expect(kernel.mapLookupAndDelete(queue, none)).toBeUndefined();
  });

  it('program arrays take programs of one type, no library functions and none that is replaced', () => {
    const kernel = credulousKernel();
    const array = kernel.mapCreate(mapAttr({ type: uapi.BPF_MAP_TYPE_PROG_ARRAY }));
    const xdp = kernel.progLoad(progAttr(PASS)).fd;
    const tc = kernel.progLoad(progAttr(PASS, { type: uapi.BPF_PROG_TYPE_SCHED_CLS })).fd;
    kernel.mapUpdate(array, u32(0), u32(xdp));
    expect(kernel.mapLookup(array, u32(0))).toEqual(u32(1));
    expect(errorOf(() => kernel.mapUpdate(array, u32(1), u32(tc))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapUpdate(array, u32(1), u32(array))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.mapUpdate(array, u32(1), u32(77))).code).toBe('EBADF');
    expect(kernel.mapDelete(array, u32(0))).toBe(true);
    expect(kernel.mapLookup(array, u32(0))).toBeUndefined();
  });
});

describe('maps for one program', () => {
  it('are unknown to kernels before 6.18', () => {
    const attr: MapAttr = { name: 'mine', type: uapi.BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, exclusiveHash: new Uint8Array(32) };
    expect(new SimKernel().mapCreate(attr)).toBeGreaterThanOrEqual(0);
    for (const profile of [PROFILE_6_12, PROFILE_6_1]) expect(errorOf(() => new SimKernel({ profile }).mapCreate(attr)).code).toBe('EINVAL');
  });
});

describe('BTF', () => {
  it('with extern functions is taken', () => {
    const kernel = credulousKernel();
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    builder.addFunc('foo', builder.addFuncProto(int, [{ name: 'x', type: int }]), 2);
    const bytes = builder.encode();
    const fd = kernel.btfLoad(bytes);
    expect(kernel.btfData(fd)).toEqual(bytes);
    expect(kernel.info(fd)).toMatchObject({ kind: 'btf', id: 1, size: bytes.length });
  });

  it('that is no BTF, or contradicts itself, is EINVAL', () => {
    const kernel = credulousKernel();
    expect(errorOf(() => kernel.btfLoad(new Uint8Array(10))).code).toBe('EINVAL');
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    builder.addFunc('foo', int, 1);
    expect(errorOf(() => kernel.btfLoad(builder.encode()))).toMatchObject({ code: 'EINVAL', log: '[2] foo: Invalid type_id' });
    expect(kernel.counts()).toEqual(NOTHING);
  });
});

describe('program load', () => {
  it('gives errno and log of a rejection, and keeps nothing', () => {
    const seen: string[] = [];
    const kernel = new SimKernel({
      verify: (_input, { logLevel = 0 }) => ({
        ...acceptAll({} as never, {}),
        verdict: 'reject',
        errno: uapi.EACCES,
        error: 'R1 !read_ok',
        insnIdx: 4,
        log: logLevel > 0 ? 'R1 !read_ok\n' : '',
      }),
      onVerify: (name) => seen.push(name),
    });
    const error = errorOf(() => kernel.progLoad(progAttr(PASS, { name: 'bad' })));
    expect(error).toMatchObject({ code: 'EACCES', errno: 13, insnIdx: 4, log: 'R1 !read_ok\n' });
    expect(error.message).toContain("program 'bad' is rejected: R1 !read_ok");
    expect(seen).toEqual(['bad']);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('refuses maps that are none, programs without type, and library functions without prototype', () => {
    const kernel = credulousKernel();
    expect(errorOf(() => kernel.progLoad(progAttr(program([0x18, 1, 1, 0, 50], [0], [0x95])))).code).toBe('EBADF');
    expect(errorOf(() => kernel.progLoad(progAttr(PASS, { type: uapi.BPF_PROG_TYPE_UNSPEC }))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.progLoad(progAttr(PASS, { library: true }))).code).toBe('EINVAL');
    expect(errorOf(() => kernel.progLoad(progAttr(program()))).code).toBe('E2BIG');
    expect(kernel.counts()).toEqual(NOTHING);
  });
});

describe('test run', () => {
  it('captures what is printed and what runs cost', () => {
    const kernel = credulousKernel();
    // "n=%d\n" on the stack
    const insns = program(
      [0x18, 1, 0, 0, 0x64_25_3d_6e],
      [0, 0, 0, 0, 0x0a],
      [0x7b, 10, 1, -8],
      [0xbf, 1, 10],
      [0x07, 1, 0, 0, -8],
      [0xb7, 2, 0, 0, 8],
      [0xb7, 3, 0, 0, 5],
      [0x85, 0, 0, 0, 6],
      [0x95],
    );
    const { fd } = kernel.progLoad(progAttr(insns));
    const result = kernel.progTestRun(fd, { repeat: 3 });
    expect(result).toMatchObject({ retval: 4, insns: 8, printk: ['n=5', 'n=5', 'n=5'] });
    expect(kernel.info(fd)).toMatchObject({ runCount: 3 });
    expect(kernel.progTestRun(fd, {}).printk).toEqual(['n=5']);
  });

  it('turns a fault into EFAULT with its place', () => {
    const kernel = credulousKernel();
    const { fd } = kernel.progLoad(progAttr(program([0xb7, 1], [0x79, 0, 1], [0x95]), { name: 'wild' }));
    const error = errorOf(() => kernel.progTestRun(fd, {}));
    expect(error).toMatchObject({ code: 'EFAULT', insnIdx: 1 });
    expect(error.message).toContain('wild: read of 8 bytes at 0x0: null page at instruction 1');
  });

  it('refuses packets that are none', () => {
    const kernel = credulousKernel();
    const { fd } = kernel.progLoad(progAttr(PASS));
    expect(errorOf(() => kernel.progTestRun(fd, { dataIn: new Uint8Array(13) })).code).toBe('EINVAL');
    expect(errorOf(() => kernel.progTestRun(fd, { ctxIn: new Uint8Array(24).fill(1) })).code).toBe('EINVAL');
    expect(errorOf(() => kernel.progTestRun(fd, { ctxIn: new Uint8Array(25).fill(1, 24) })).code).toBe('E2BIG');
    expect(kernel.progTestRun(fd, {}).dataOut.length).toBe(64);
  });

  it('leaves no memory behind', () => {
    const kernel = credulousKernel({ memoryLimit: 1 << 20 });
    const { fd } = kernel.progLoad(progAttr(PASS));
    for (let round = 0; round < 500; round++) kernel.progTestRun(fd, { dataIn: new Uint8Array(3000) });
  });
});

describe('hooks', () => {
  it('run what is attached, in order', () => {
    const kernel = credulousKernel();
    const next = kernel.progLoad(progAttr(program([0xb7, 0, 0, 0, -1], [0x95]), { type: uapi.BPF_PROG_TYPE_SCHED_CLS })).fd;
    const shot = kernel.progLoad(progAttr(program([0xb7, 0, 0, 0, 2], [0x95]), { type: uapi.BPF_PROG_TYPE_SCHED_CLS })).fd;
    const point = { attachType: uapi.BPF_TCX_INGRESS, ifindex: 2 };
    const links = [next, shot, next].map((progFd) =>
      kernel.linkCreate({ progFd, attachType: uapi.BPF_TCX_INGRESS, targetIfindex: 2 }),
    );
    expect(kernel.hooks()).toEqual([{ ...point, progIds: [1, 2, 1] }]);
    expect(kernel.trigger(point).map(({ progId, retval }) => [progId, retval | 0])).toEqual([
      [1, -1],
      [2, 2],
    ]);
    kernel.linkDetach(links[1] as number);
    expect(kernel.trigger(point).length).toBe(2);
    for (const fd of links) kernel.close(fd);
    expect(kernel.hooks()).toEqual([]);
    expect(errorOf(() => kernel.trigger(point)).code).toBe('ENOENT');
  });

  it('XDP has room for one, which can be exchanged', () => {
    const kernel = credulousKernel();
    const pass = kernel.progLoad(progAttr(PASS)).fd;
    const drop = kernel.progLoad(progAttr(program([0xb7, 0, 0, 0, 1], [0x95]))).fd;
    const link = kernel.linkCreate({ progFd: pass, attachType: 0, targetIfindex: 3 });
    expect(kernel.info(link)).toMatchObject({ kind: 'link', type: uapi.BPF_LINK_TYPE_XDP, progId: 1, targetObjId: 3, attachType: uapi.BPF_XDP });
    expect(errorOf(() => kernel.linkCreate({ progFd: drop, attachType: uapi.BPF_XDP, targetIfindex: 3 })).code).toBe('EBUSY');
    kernel.linkUpdate(link, drop);
    kernel.close(drop);
    kernel.close(pass);
    expect(kernel.trigger({ attachType: uapi.BPF_XDP, ifindex: 3 })[0]?.retval).toBe(1);
    expect(kernel.counts().progs).toBe(1);
    kernel.objPin(link, '/sys/fs/bpf/link');
    kernel.close(link);
    expect(kernel.trigger({ attachType: uapi.BPF_XDP, ifindex: 3 }).length).toBe(1);
    kernel.objUnpin('/sys/fs/bpf/link');
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('refuse what does not fit', () => {
    const kernel = credulousKernel();
    const xdp = kernel.progLoad(progAttr(PASS)).fd;
    expect(errorOf(() => kernel.linkCreate({ progFd: xdp, attachType: uapi.BPF_TCX_INGRESS, targetIfindex: 1 })).code).toBe('EINVAL');
    expect(errorOf(() => kernel.linkCreate({ progFd: xdp, attachType: uapi.BPF_XDP })).code).toBe('ENODEV');
    const filter = kernel.progLoad(progAttr(PASS, { type: uapi.BPF_PROG_TYPE_SOCKET_FILTER })).fd;
    expect(errorOf(() => kernel.linkCreate({ progFd: filter, attachType: 0, targetIfindex: 1 })).code).toBe('EINVAL');
    expect(kernel.counts().links).toBe(0);
  });

  it('give probes their context and cookie', () => {
    const kernel = credulousKernel();
    // return ctx->di + cookie
    const insns = program([0x79, 6, 1, 112], [0x85, 0, 0, 0, 174], [0x0f, 0, 6], [0x95]);
    const { fd } = kernel.progLoad(progAttr(insns, { type: uapi.BPF_PROG_TYPE_KPROBE }));
    kernel.linkCreate({ progFd: fd, attachType: uapi.BPF_PERF_EVENT, targetName: 'do_unlinkat', cookie: 1000n });
    const ctxIn = new Uint8Array(168);
    ctxIn[112] = 5;
    expect(kernel.trigger({ attachType: uapi.BPF_PERF_EVENT, name: 'do_unlinkat' }, { ctxIn })[0]?.retval).toBe(1005);
  });
});
