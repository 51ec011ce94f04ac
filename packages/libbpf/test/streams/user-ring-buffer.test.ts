// Does a program get what is put into a user ring buffer, once and in order?
//
// Also run on the running kernel, by user-ring-buffer.kernel.test.ts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KernelError } from '@rootlet/loader';
import { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_USER_RINGBUF } from '@rootlet/uapi';
import { UserRingBuffer } from '../../src/index.ts';
import { newKernel, onLinux, openFds, until, userRingConsumer } from './producers.ts';

describe(`user ring buffers on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel = newKernel();
  let before: number;
  let consumer: ReturnType<typeof userRingConsumer>;

  beforeEach(() => {
    before = openFds();
    consumer = userRingConsumer(kernel, 4096);
  });

  afterEach(async () => {
    consumer.close();
    await until(() => openFds() <= before);
  });

  const codeOf = (action: () => unknown): string => {
    try {
      return typeof action();
    } catch (error) {
      return (error as KernelError).code;
    }
  };

  const put = (ring: UserRingBuffer, value: number): void => {
    const sample = ring.reserve(8);
    if (sample === undefined) throw new Error('full');
    new DataView(sample.buffer, sample.byteOffset).setBigUint64(0, BigInt(value), true);
    ring.submit(sample);
  };

  it('hands samples over, and leaves out those that were discarded', () => {
    const ring = new UserRingBuffer(consumer);
    expect(ring.size).toBe(4096);
    for (let value = 1; value <= 10; value++) put(ring, value);
    const dropped = ring.reserve(8);
    if (dropped !== undefined) ring.discard(dropped);
    put(ring, 100);
    consumer.drain();
    expect(consumer.sum()).toBe(155n);
    expect(() => ring.submit(new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    ring.close();
    expect(() => ring.reserve(8)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('is full in the end, and waits for room without being asked again and again', async () => {
    const ring = new UserRingBuffer(consumer);
    for (let value = 0; value < 256; value++) put(ring, 1);
    expect(ring.reserve(8)).toBeUndefined();
    expect(() => ring.reserve(5000)).toThrow(expect.objectContaining({ code: 'E2BIG' }));
    await expect(ring.reserveWhenFree(8, 10)).rejects.toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    const waited = ring.reserveWhenFree(8, 5000);
    setTimeout(() => consumer.drain(), 5);
    ring.discard(await waited);
    for (let round = 0; round < 600; round++) {
      const written = ring.write(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
      if (round % 100 === 99) consumer.drain();
      await written;
    }
    consumer.drain();
    expect(consumer.sum()).toBe(856n);
    await expect(ring.reserveWhenFree(4088, 5000, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    ring.close();
  });

  it('gives up what was reserved when it is closed, so that the next one can go on', () => {
    const first = new UserRingBuffer(consumer);
    first.reserve(8);
    put(first, 3);
    first.close();
    const second = new UserRingBuffer(consumer);
    put(second, 4);
    consumer.drain();
    expect(consumer.sum()).toBe(7n);
    second.close();
  });

  it('refuses other maps and leaves nothing open', () => {
    const array = kernel.mapCreate({ name: 'array', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 });
    const fds = openFds();
    expect(() => new UserRingBuffer({ kernel, fd: array })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => new UserRingBuffer({ kernel, fd: 987_654 })).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(openFds()).toBe(fds);
    kernel.close(array);
  });

  it('is a map without elements', () => {
    const key = new Uint8Array(0);
    const ways = [
      () => kernel.mapLookup(consumer.fd, key),
      () => kernel.mapUpdate(consumer.fd, key, new Uint8Array(0)),
      () => kernel.mapDelete(consumer.fd, key),
      () => kernel.mapNextKey(consumer.fd, undefined),
      () => kernel.mapLookupAndDelete(consumer.fd, key),
      () => kernel.mapCreate({ name: 'odd', type: BPF_MAP_TYPE_USER_RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4097, flags: 0 }),
    ];
    expect(ways.map((way) => codeOf(way))).toEqual(['ENOTSUPP', 'ENOTSUPP', 'ENOTSUPP', 'ENOTSUPP', 'ENOTSUPP', 'EINVAL']);
  });
});
