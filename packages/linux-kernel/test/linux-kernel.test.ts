import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_CREATE, BPF_PROG_LOAD, BPF_PROG_TYPE_XDP, EACCES, EAGAIN, EOPNOTSUPP } from '@rootlet/uapi';
import { closeSync, readdirSync } from 'node:fs';
import { createKoffiFfi, LinuxKernel } from '../src/index.ts';

/** Why these tests cannot run here; undefined when they can. */
function reasonToSkip(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    const kernel = new LinuxKernel();
    kernel.close(kernel.mapCreate({ name: 'probe', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 }));
    return undefined;
  } catch (error) {
    return `bpf(2) does not work: ${String(error)}`;
  }
}

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`linux-kernel tests skipped: ${reason}`);
const describeOnKernel = reason === undefined ? describe : describe.skip;

describeOnKernel('LinuxKernel on the running kernel', () => {
  let kernel: LinuxKernel;
  let openBefore: number;
  const openFds = (): number => readdirSync('/proc/self/fd').length;

  beforeAll(() => {
    kernel = new LinuxKernel();
    openBefore = openFds();
  });

  afterAll(() => {
    expect(openFds()).toBe(openBefore);
  });

  const xdp = { name: 'xdp_prog', type: BPF_PROG_TYPE_XDP, expectedAttachType: 0, license: 'GPL', flags: 0 };

  it('loads, runs and describes a program', () => {
    const { fd, log } = kernel.progLoad({ ...xdp, insns: assemble('r0 = 2\nexit'), logLevel: 2 });
    expect(log).toContain('0: (b7) r0 = 2');
    const run = kernel.progTestRun(fd, { dataIn: new Uint8Array(64).fill(7), repeat: 10 });
    expect(run.retval).toBe(2);
    expect(run.dataOut).toEqual(new Uint8Array(64).fill(7));
    const info = kernel.info(fd);
    expect(info).toMatchObject({ kind: 'prog', name: 'xdp_prog', type: BPF_PROG_TYPE_XDP });
    expect(kernel.ids('prog')).toContain((info as { id: number }).id);
    kernel.close(fd);
  });

  it('gives errno and log of a rejected program, also when no log was asked for', () => {
    expect(() => kernel.progLoad({ ...xdp, insns: assemble('r0 = r5\nexit') })).toThrow(
      expect.objectContaining({ code: 'EACCES', errno: EACCES, log: expect.stringContaining('R5 !read_ok') }),
    );
  });

  it('creates a map that is refused with its types without them, whatever is said', () => {
    const ffi = createKoffiFfi();
    let refusals = 0;
    const picky = new LinuxKernel({
      ...ffi,
      bpf(cmd, attr) {
        const isDescribed = cmd === BPF_MAP_CREATE && attr.length > 48 && new DataView(attr.buffer).getUint32(48, true) !== 0;
        if (!isDescribed) return ffi.bpf(cmd, attr);
        refusals++;
        return -EOPNOTSUPP;
      },
    });
    const btf = new BtfBuilder();
    btf.addInt('int', 4, BTF_INT_SIGNED);
    const btfFd = picky.btfLoad(btf.encode());
    const mapFd = picky.mapCreate({ name: 'plain', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, btfFd, btfKeyTypeId: 1, btfValueTypeId: 1 });
    expect(refusals).toBe(1);
    expect(picky.info(mapFd)).toMatchObject({ name: 'plain', btfId: 0 });
    picky.close(mapFd);
    picky.close(btfFd);
  });

  it('begins a load again that a signal ended, and gives up in the end', () => {
    const ffi = createKoffiFfi();
    let [interruptions, loads] = [4, 0];
    const interrupted = new LinuxKernel({
      ...ffi,
      bpf(cmd, attr) {
        if (cmd !== BPF_PROG_LOAD) return ffi.bpf(cmd, attr);
        loads++;
        return interruptions-- > 0 ? -EAGAIN : ffi.bpf(cmd, attr);
      },
    });
    interrupted.close(interrupted.progLoad({ ...xdp, insns: assemble('r0 = 2\nexit') }).fd);
    expect(loads).toBe(5);
    interruptions = Infinity;
    expect(() => interrupted.progLoad({ ...xdp, insns: assemble('r0 = 2\nexit'), logLevel: 1 })).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
    expect(loads).toBe(10);
  });

  it('shows a program the packet that it is given, also when the collector comes by', () => {
    // Compiled code held the packet no longer once its address was taken: of 30,000 runs a dozen saw what had taken its place.
    const { fd } = kernel.progLoad({ ...xdp, insns: assemble('r0 = 2\nexit') });
    let wrong = 0;
    for (let round = 0; round < 30_000; round++) {
      const fill = round & 255;
      const { dataOut } = kernel.progTestRun(fd, { dataIn: new Uint8Array(256).fill(fill) });
      if (dataOut.length !== 256 || dataOut[0] !== fill || dataOut[8] !== fill || dataOut[255] !== fill) wrong++;
    }
    expect(wrong).toBe(0);
    kernel.close(fd);
  });

  it('moves map values, of all CPUs for per-CPU maps', () => {
    const fd = kernel.mapCreate({ name: 'values', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 2, flags: 0 });
    const key = Uint8Array.of(1, 0, 0, 0);
    kernel.mapUpdate(fd, key, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(kernel.mapLookup(fd, key)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(kernel.mapLookup(fd, Uint8Array.of(9, 0, 0, 0))).toBeUndefined();
    expect(kernel.mapNextKey(fd, undefined)).toEqual(Uint8Array.of(0, 0, 0, 0));
    kernel.close(fd);
    const perCpu = kernel.mapCreate({ name: 'cpus', type: BPF_MAP_TYPE_PERCPU_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 });
    expect((kernel.mapLookup(perCpu, new Uint8Array(4))?.length ?? 0) % 8).toBe(0);
    kernel.close(perCpu);
  });

  it('takes an fd for nothing that it meant before somebody closed it', () => {
    const create = (valueSize: number): number => kernel.mapCreate({ name: 'values', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize, maxEntries: 1, flags: 0 });
    const key = new Uint8Array(4);
    const small = create(8);
    expect(kernel.mapLookup(small, key)?.length).toBe(8);
    const keeper = create(4096);
    const { id } = kernel.info(keeper) as { id: number };
    closeSync(small);
    const again = kernel.mapFdById(id);
    // The system gives the smallest number that is free.
    expect(again).toBe(small);
    expect(kernel.mapLookup(again, key)?.length).toBe(4096);
    closeSync(again);
    const large = create(1024);
    expect([large, kernel.mapLookup(large, key)?.length]).toEqual([small, 1024]);
    for (const fd of [large, keeper]) kernel.close(fd);
  });

  it('parses the BTF of the kernel', () => {
    expect(kernel.vmlinuxBtf()?.findByNameKind('task_struct', 4)).toBeGreaterThan(0);
  });

  it('refuses what is no fd with a typed error', () => {
    expect(() => kernel.info(987654)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => kernel.close(987654)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
