// Who writes the records that the stream tests read?
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { BTF_FUNC_STATIC, BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import { LinuxKernel } from '@rootlet/linux-kernel';
import type { Kernel, ProgAttr } from '@rootlet/loader';
import {
  BPF_FUNC_perf_event_output,
  BPF_FUNC_ringbuf_discard,
  BPF_FUNC_ringbuf_reserve,
  BPF_FUNC_ringbuf_submit,
  BPF_FUNC_user_ringbuf_drain,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_USER_RINGBUF,
  BPF_PROG_TYPE_SCHED_CLS,
} from '@rootlet/uapi';
import { SimKernel } from '../../src/index.ts';
import type { MapRef } from '../../src/index.ts';

/** On the running kernel: `*.kernel.test.ts` do. */
export const onLinux: boolean = process.env['ROOTLET_KERNEL_TESTS'] === '1';

export function newKernel(): Kernel {
  return onLinux ? new LinuxKernel() : new SimKernel();
}

/** Open fds of this process for BPF, epoll, eventfd and perf; 0 where nobody tells. Files and io_uring are the test runner's and Node's. */
export function openFds(): number {
  if (!existsSync('/proc/self/fd')) return 0;
  return readdirSync('/proc/self/fd').filter((fd) => isAnonymous(fd)).length;
}

function isAnonymous(fd: string): boolean {
  try {
    return /^anon_inode:(?!\[io_uring)/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    // The one that the folder was read through.
    return false;
  }
}

/** Waits until a condition holds, two seconds at most. @throws Error when it does not */
export async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; !condition(); round++) {
    if (round === 1000) throw new Error('waited for two seconds');
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** A map and the program that writes to it. */
export interface Producer extends MapRef {
  readonly progFd: number;
  /** Runs the program: each run writes one record, numbered from 0. */
  produce(count: number): void;
  /** Records written, and runs that found no room. */
  counts(): { written: number; full: number };
  close(): void;
}

interface ProducerOptions {
  readonly recordBytes?: number;
  readonly discardOdd?: boolean;
}

/** A ring buffer of `size` bytes whose records begin with their number, 8 bytes. */
export function ringProducer(kernel: Kernel, size: number, { recordBytes = 16, discardOdd = false }: ProducerOptions = {}): Producer {
  const fd = kernel.mapCreate({ name: 'ring', type: BPF_MAP_TYPE_RINGBUF, keySize: 0, valueSize: 0, maxEntries: size, flags: 0 });
  return producer(kernel, fd, (state) => `
    r1 = map[fd:${fd}]
    r2 = ${recordBytes}
    r3 = 0
    call bpf_ringbuf_reserve#${BPF_FUNC_ringbuf_reserve}
    if r0 == 0 goto full
    r6 = r0
    r7 = map[fd:${state}][0]+0
    r2 = *(u64 *)(r7 + 0)
    *(u64 *)(r6 + 0) = r2
    r3 = r2
    r3 += 1
    *(u64 *)(r7 + 0) = r3
    r1 = r6
    ${discardOdd ? `r2 &= 1\nif r2 == 0 goto submit\nr2 = 0\ncall bpf_ringbuf_discard#${BPF_FUNC_ringbuf_discard}\nr0 = 2\nexit\nsubmit:` : ''}
    r2 = 0
    call bpf_ringbuf_submit#${BPF_FUNC_ringbuf_submit}
    r0 = 2
    exit
    full:
    r7 = map[fd:${state}][0]+0
    r2 = *(u64 *)(r7 + 8)
    r2 += 1
    *(u64 *)(r7 + 8) = r2
    r0 = 1
    exit`);
}

/** A perf event array; samples are 12 bytes that begin with their number, so that the kernel need not pad them. */
export function perfProducer(kernel: Kernel): Producer {
  const maxEntries = kernel.possibleCpus?.() ?? 1;
  const fd = kernel.mapCreate({ name: 'events', type: BPF_MAP_TYPE_PERF_EVENT_ARRAY, keySize: 4, valueSize: 4, maxEntries, flags: 0 });
  return producer(kernel, fd, (state) => `
    r6 = r1
    r7 = map[fd:${state}][0]+0
    r2 = *(u64 *)(r7 + 0)
    *(u64 *)(r10 - 16) = r2
    *(u32 *)(r10 - 8) = 7
    r2 += 1
    *(u64 *)(r7 + 0) = r2
    r1 = r6
    r2 = map[fd:${fd}]
    r3 = 0xffffffff ll
    r4 = r10
    r4 += -16
    r5 = 12
    call bpf_perf_event_output#${BPF_FUNC_perf_event_output}
    r0 = 2
    exit`);
}

/** A user ring buffer, and a program that drains it: it adds the first 8 bytes of each sample to a sum. */
export function userRingConsumer(kernel: Kernel, size: number): MapRef & { drain(): void; sum(): bigint; close(): void } {
  const fd = kernel.mapCreate({ name: 'user_ring', type: BPF_MAP_TYPE_USER_RINGBUF, keySize: 0, valueSize: 0, maxEntries: size, flags: 0 });
  // A function that is passed on must be described.
  const btf = new BtfBuilder();
  const int = btf.addInt('int', 4, BTF_INT_SIGNED);
  const pointer = btf.addPtr(0);
  const main = btf.addFunc('drain', btf.addFuncProto(int, [{ name: 'ctx', type: pointer }]), BTF_FUNC_STATIC);
  const params = ['dynptr', 'context'].map((name) => ({ name, type: pointer }));
  const each = btf.addFunc('each', btf.addFuncProto(int, params), BTF_FUNC_STATIC);
  const btfFd = kernel.btfLoad(btf.encode());
  const source = (state: number): string => `
    r1 = map[fd:${fd}]
    r2 = subprog[each]
    r3 = 0
    r4 = 0
    call bpf_user_ringbuf_drain#${BPF_FUNC_user_ringbuf_drain}
    r0 = 2
    exit
    each:
    r2 = r1
    r1 = r10
    r1 += -8
    r6 = r2
    r3 = r6
    r2 = 8
    r4 = 0
    r5 = 0
    call bpf_dynptr_read#201
    r1 = *(u64 *)(r10 - 8)
    r2 = map[fd:${state}][0]+0
    r3 = *(u64 *)(r2 + 0)
    r3 += r1
    *(u64 *)(r2 + 0) = r3
    r0 = 0
    exit`;
  const describe = (insnIdx: number): Partial<ProgAttr> => ({ btfFd, funcInfo: [{ insnIdx: 0, typeId: main }, { insnIdx, typeId: each }] });
  // Two loads of two slots each, five more instructions, then the callback.
  const made = producer(kernel, fd, source, describe(9));
  kernel.close(btfFd);
  return { kernel, fd, drain: () => made.produce(1), sum: () => BigInt(made.counts().written), close: () => made.close() };
}

function producer(kernel: Kernel, fd: number, source: (stateFd: number) => string, more: Partial<ProgAttr> = {}): Producer {
  const state = kernel.mapCreate({ name: 'state', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: 0 });
  const insns = assemble(source(state));
  // Not XDP: those run through a dispatcher that the kernel rewrites while others run, which QEMU's emulation does not bear.
  const progFd = kernel.progLoad({ name: 'producer', type: BPF_PROG_TYPE_SCHED_CLS, expectedAttachType: 0, license: 'GPL', flags: 0, insns, ...more }).fd;
  return {
    kernel,
    fd,
    progFd,
    produce: (count) => void kernel.progTestRun(progFd, { dataIn: new Uint8Array(64), repeat: count }),
    counts() {
      const value = kernel.mapLookup(state, new Uint8Array(4)) ?? new Uint8Array(16);
      const data = new DataView(value.buffer, value.byteOffset, 16);
      return { written: Number(data.getBigUint64(0, true)), full: Number(data.getBigUint64(8, true)) };
    },
    close() {
      for (const open of [progFd, state, fd]) kernel.close(open);
    },
  };
}

/** The number that a record begins with. */
export function numberOf(record: Uint8Array): number {
  return Number(new DataView(record.buffer, record.byteOffset, 8).getBigUint64(0, true));
}
