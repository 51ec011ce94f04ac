// Do dynptrs, and the samples of user ring buffers that programs get as such, do what they do on Linux?
//
// Also run on the running kernel, by dynptr.kernel.test.ts.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BTF_FUNC_STATIC, BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import type { Kernel } from '@rootlet/loader';
import {
  BPF_FUNC_dynptr_data,
  BPF_FUNC_dynptr_from_mem,
  BPF_FUNC_dynptr_read,
  BPF_FUNC_dynptr_write,
  BPF_FUNC_ringbuf_discard_dynptr,
  BPF_FUNC_ringbuf_reserve_dynptr,
  BPF_FUNC_ringbuf_submit_dynptr,
  BPF_FUNC_user_ringbuf_drain,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_USER_RINGBUF,
  BPF_PROG_TYPE_SCHED_CLS,
  E2BIG,
  EINVAL,
} from '@rootlet/uapi';
import { RingBuffer, UserRingBuffer } from '../../src/index.ts';
import { newKernel, onLinux } from './producers.ts';

const HELPERS: Readonly<Record<string, number>> = {
  from_mem: BPF_FUNC_dynptr_from_mem,
  read: BPF_FUNC_dynptr_read,
  write: BPF_FUNC_dynptr_write,
  data: BPF_FUNC_dynptr_data,
  reserve: BPF_FUNC_ringbuf_reserve_dynptr,
  submit: BPF_FUNC_ringbuf_submit_dynptr,
  discard: BPF_FUNC_ringbuf_discard_dynptr,
  drain: BPF_FUNC_user_ringbuf_drain,
};

describe(`dynptrs on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel: Kernel = newKernel();
  let [state, ring, userRing] = [-1, -1, -1];
  const opened: number[] = [];

  beforeAll(() => {
    const sizes = { keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 };
    state = kernel.mapCreate({ name: 'state', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 64, maxEntries: 1, flags: 0 });
    ring = kernel.mapCreate({ name: 'ring', type: BPF_MAP_TYPE_RINGBUF, ...sizes });
    userRing = kernel.mapCreate({ name: 'user_ring', type: BPF_MAP_TYPE_USER_RINGBUF, ...sizes });
  });

  afterEach(() => {
    for (const fd of opened.splice(0)) kernel.close(fd);
  });

  afterAll(() => {
    for (const fd of [state, ring, userRing]) kernel.close(fd);
  });

  /** Instructions with the names of helpers, and `state` and `put N`: r0 becomes a word of the state, for the test to see. */
  const source = (text: string): string =>
    text
      .replace(/call (\w+)/g, (_, name: string) => `call ${name}#${HELPERS[name] ?? 0}`)
      .replaceAll('map[ring]', `map[fd:${ring}]`)
      .replaceAll('map[user_ring]', `map[fd:${userRing}]`)
      .replace(/\bstate\b/g, `map[fd:${state}][0]+0`)
      .replace(/put (\d)/g, (_, word: string) => `r9 = map[fd:${state}][0]+0\n*(u64 *)(r9 + ${8 * Number(word)}) = r0`);

  /** A program: a body that falls through to its end, and a callback for samples. */
  const load = (body: string, each?: string): number => {
    const main = assemble(source(`${body}\nr0 = 2\nexit`).replace('subprog[each]', '0 ll'));
    const btf = new BtfBuilder();
    const int = btf.addInt('int', 4, BTF_INT_SIGNED);
    const pointer = btf.addPtr(0);
    const funcs = ['ctx', 'dynptr context'].map((names, idx) => {
      const params = names.split(' ').map((name) => ({ name, type: pointer }));
      return btf.addFunc(`func${idx}`, btf.addFuncProto(int, params), BTF_FUNC_STATIC);
    });
    const btfFd = kernel.btfLoad(btf.encode());
    const [mainId = 0, eachId = 0] = funcs;
    const funcInfo = [{ insnIdx: 0, typeId: mainId }, ...(each === undefined ? [] : [{ insnIdx: main.length, typeId: eachId }])];
    const insns = each === undefined ? main : assemble(source(`${body}\nr0 = 2\nexit\neach:\n${each}\nexit`));
    const { fd } = kernel.progLoad({ name: 'dynptr', type: BPF_PROG_TYPE_SCHED_CLS, expectedAttachType: 0, license: 'GPL', flags: 0, insns, btfFd, funcInfo });
    kernel.close(btfFd);
    opened.push(fd);
    return fd;
  };

  /** Runs it. @returns the words of the state, signed */
  const run = (progFd: number): number[] => {
    kernel.mapUpdate(state, new Uint8Array(4), new Uint8Array(64));
    kernel.progTestRun(progFd, { dataIn: new Uint8Array(64) });
    const value = kernel.mapLookup(state, new Uint8Array(4)) ?? new Uint8Array(64);
    return [...new BigInt64Array(value.buffer, value.byteOffset, 8)].map(Number);
  };

  const MEMORY = (size: number, flags = 0): string => `
    r1 = state
    r1 += 32
    r2 = ${size}
    r3 = ${flags}
    r4 = r10
    r4 += -16
    call from_mem
    put 0`;
  const WRITE = (off: number, length: number, flags = 0): string => `
    r1 = 0x1122334455667788 ll
    *(u64 *)(r10 - 24) = r1
    r1 = r10
    r1 += -16
    r2 = ${off}
    r3 = r10
    r3 += -24
    r4 = ${length}
    r5 = ${flags}
    call write`;
  const READ = (off: number, length: number, flags = 0): string => `
    r1 = 0
    *(u64 *)(r10 - 24) = r1
    r1 = r10
    r1 += -24
    r2 = ${length}
    r3 = r10
    r3 += -16
    r4 = ${off}
    r5 = ${flags}
    call read`;

  it.each([
    ['written and read within its size', 16, 0, WRITE(8, 8), READ(12, 4), [0, 0, 0, 0x11223344, 0, 0x1122334455667788]],
    ['not beyond it', 16, 0, WRITE(9, 8), READ(16, 1), [0, -E2BIG, -E2BIG, 0, 0, 0]],
    ['nothing at its end', 16, 0, WRITE(16, 0), READ(16, 0), [0, 0, 0, 0, 0, 0]],
    ['offsets are unsigned', 16, 0, WRITE(-1, 8), READ(-8, 8), [0, -E2BIG, -E2BIG, 0, 0, 0]],
    ['flags are refused', 16, 0, WRITE(0, 8, 1), READ(0, 8, 7), [0, -EINVAL, -EINVAL, 0, 0, 0]],
    ['without memory after wrong flags', 16, 1, WRITE(0, 8), READ(0, 8), [-EINVAL, -EINVAL, -EINVAL, 0, 0, 0]],
  ])('memory: %s', (_name, size, flags, write, read, want) => {
    expect(run(load(`${MEMORY(size, flags)}\n${write}\nput 1\n${read}\nput 2\nr0 = *(u64 *)(r10 - 24)\nput 3`)).slice(0, 6)).toEqual(want);
  });

  const DATA = (off: number): string => `
    r1 = r10
    r1 += -16
    r2 = ${off}
    r3 = 8
    call data
    if r0 == 0 goto none
    r1 = 77
    *(u64 *)(r0 + 0) = r1
    none:`;
  it.each([[0, [77, 0]], [8, [0, 77]], [9, [0, 0]], [-8, [0, 0]]])('memory: a slice at %d', (off, want) => {
    expect(run(load(MEMORY(16) + DATA(off))).slice(4, 6)).toEqual(want);
  });

  const RESERVE = (size: number, flags = 0): string => `
    r1 = map[ring]
    r2 = ${size}
    r3 = ${flags}
    r4 = r10
    r4 += -16
    call reserve
    put 0`;
  const FINISH = (how: string): string => `r1 = r10\nr1 += -16\nr2 = 0\ncall ${how}`;
  it.each([
    ['submitted', RESERVE(16), 'submit', [0, 0], [[0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]]],
    ['discarded', RESERVE(16), 'discard', [0, 0], []],
    ['flags are refused', RESERVE(16, 1), 'submit', [-EINVAL, -EINVAL], []],
    ['more than there is', RESERVE(4096), 'submit', [-EINVAL, -EINVAL], []],
    ['more than one describes', RESERVE(0x100_0000), 'discard', [-E2BIG, -EINVAL], []],
  ])('records: %s', (_name, reserve, how, want, records) => {
    const seen: number[][] = [];
    const rings = new RingBuffer({ kernel, fd: ring }, (record) => void seen.push([...record]));
    expect(run(load(`${reserve}\n${WRITE(8, 8)}\nput 1\n${FINISH(how)}`)).slice(0, 2)).toEqual(want);
    rings.consume();
    rings.close();
    expect(seen).toEqual(records);
  });

  const DRAIN = (flags = 0): string => `r1 = map[user_ring]\nr2 = subprog[each]\nr3 = 0\nr4 = ${flags}\ncall drain\nput 0`;
  const COUNT = 'r2 = state\nr3 = *(u64 *)(r2 + 8)\nr3 += 1\n*(u64 *)(r2 + 8) = r3';

  /** Samples of so many bytes; negative ones are discarded, and those that are not whole are never finished. */
  const fill = (writer: UserRingBuffer, ...sizes: number[]): Uint8Array[] =>
    sizes.map((size) => {
      const sample = writer.reserve(Math.floor(Math.abs(size))) ?? new Uint8Array(0);
      sample.fill(5);
      if (size < 0) writer.discard(sample);
      else if (Number.isInteger(size)) writer.submit(sample);
      return sample;
    });

  it.each([
    ['an empty ring', [], 'r0 = 0', 0, 0, 0],
    ['samples of any size', [8, 0, 100], 'r0 = 0', 0, 3, 3],
    ['until the callback says 1', [8, 8, 8], 'r0 = 1', 0, 1, 1],
    ['up to one that is being filled', [8, 8.5, 8], 'r0 = 0', 0, 1, 1],
    ['none beyond a first one that is', [8.5, 8], 'r0 = 0', 0, 0, 0],
    ['all but the discarded ones', [-8, 8, -16, -8, 8], 'r0 = 0', 0, 2, 2],
    ['none with wrong flags', [8], 'r0 = 0', 4, -EINVAL, 0],
    ['without waking', [8], 'r0 = 0', 1, 1, 1],
  ])('user ring buffers: %s', (_name, sizes, answer, flags, want, calls) => {
    const prog = load(DRAIN(flags), `${COUNT}\n${answer}`);
    const writer = new UserRingBuffer({ kernel, fd: userRing });
    fill(writer, ...sizes);
    expect(run(prog).slice(0, 2)).toEqual([want, calls]);
    writer.close();
    run(load(DRAIN(), 'r0 = 0'));
  });

  it('user ring buffers: a program may write samples, and reads none beyond their end', () => {
    const write = load(DRAIN(), 'r6 = r1\nr1 = 0\n*(u64 *)(r10 - 8) = r1\nr1 = r6\nr2 = 4\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall write\nput 1\nr0 = 0');
    const writer = new UserRingBuffer({ kernel, fd: userRing });
    const [sample] = fill(writer, 16);
    expect(run(write).slice(0, 2)).toEqual([1, 0]);
    expect([...(sample ?? [])]).toEqual([5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5]);
    fill(writer, 11);
    expect(run(write).slice(0, 2)).toEqual([1, -E2BIG]);
    writer.close();
  });

  it('user ring buffers: they go on over the end of the ring', () => {
    const prog = load(DRAIN(), `${COUNT}\nr0 = 0`);
    const writer = new UserRingBuffer({ kernel, fd: userRing });
    for (let round = 0; round < 20; round++) {
      fill(writer, ...new Array<number>(100).fill(24));
      expect(run(prog).slice(0, 2)).toEqual([100, 100]);
    }
    writer.close();
  });
});
