// Is nothing left open when a ring cannot be mapped, or not be waited for?
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_RINGBUF, BPF_MAP_TYPE_USER_RINGBUF, ENOMEM } from '@rootlet/uapi';
import { LinuxKernel } from '../src/index.ts';
import { nativeIo } from '../src/ring/native.ts';
import type { NativeIo } from '../src/ring/native.ts';
import { LinuxPerf } from '../src/ring/perf-reader.ts';
import { Reactor } from '../src/ring/reactor.ts';
import { LinuxRing } from '../src/ring/ring-reader.ts';
import { LinuxUserRing } from '../src/ring/user-ring-writer.ts';

const SIZE = 4096;
const CALLS = ['mmap', 'epollCreate', 'epollCtl', 'eventfd', 'perfEventOpen', 'ioctl'] as const satisfies readonly (keyof NativeIo)[];

describe('when a call fails', () => {
  const kernel = new LinuxKernel();
  const maps: Record<'ring' | 'user' | 'perf', number> = { ring: -1, user: -1, perf: -1 };
  const openFds = (): number => readdirSync('/proc/self/fd').length;

  beforeAll(() => {
    const ringSizes = { keySize: 0, valueSize: 0, maxEntries: SIZE, flags: 0 };
    maps.ring = kernel.mapCreate({ name: 'ring', type: BPF_MAP_TYPE_RINGBUF, ...ringSizes });
    maps.user = kernel.mapCreate({ name: 'user', type: BPF_MAP_TYPE_USER_RINGBUF, ...ringSizes });
    maps.perf = kernel.mapCreate({ name: 'perf', type: BPF_MAP_TYPE_PERF_EVENT_ARRAY, keySize: 4, valueSize: 4, maxEntries: 64, flags: 0 });
  });

  afterAll(() => Object.values(maps).forEach((fd) => kernel.close(fd)));

  /** Calls of which one fails. */
  function failing(callIdx: number): { readonly native: NativeIo; met(): boolean } {
    const real = nativeIo();
    let left = callIdx;
    const wrapped = CALLS.map((name) => {
      const call = real[name].bind(real) as (...args: unknown[]) => unknown;
      const refusal = name === 'mmap' ? BigInt(-ENOMEM) : -ENOMEM;
      return [name, (...args: unknown[]) => (left-- === 0 ? refusal : call(...args))];
    });
    return { native: { ...real, ...(Object.fromEntries(wrapped) as Partial<NativeIo>) }, met: () => left < 0 };
  }

  const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

  it.each<[string, (native: NativeIo) => void]>([
    ['a ring buffer', (native) => new LinuxRing(native, maps.ring, SIZE).close()],
    ['a user ring buffer', (native) => new LinuxUserRing(native, maps.user, SIZE).close()],
    [
      'a perf buffer',
      (native) => {
        const set = (key: number, fd: number): void => kernel.mapUpdate(maps.perf, word(key), word(fd));
        const unset = (key: number): void => void kernel.mapDelete(maps.perf, word(key));
        new LinuxPerf(native, { fd: maps.perf, maxEntries: 64, set, unset }, { pages: 1 }).close();
      },
    ],
    [
      'waiting',
      (native) => {
        const fd = native.eventfd();
        try {
          if (fd < 0) return;
          const reactor = new Reactor({ ...native, epollWait: () => {} });
          reactor.whenReadable(fd, () => {});
          // What waits would close them when it is over.
          throw new Error('waits');
        } finally {
          if (fd >= 0) native.close(fd);
        }
      },
    ],
  ])('nothing is open: %s', (_name, use) => {
    let callIdx = 0;
    for (let met = true; met; callIdx++) {
      const { native, met: wasMet } = failing(callIdx);
      const before = openFds();
      let waits = false;
      try {
        use(native);
      } catch (error) {
        waits = (error as Error).message === 'waits';
        if (!waits && (error as Error).name !== 'KernelError') throw error;
      }
      met = wasMet() && !waits;
      if (!waits) expect([callIdx, openFds() - before]).toEqual([callIdx, 0]);
    }
    expect(callIdx).toBeGreaterThan(2);
  });
});
