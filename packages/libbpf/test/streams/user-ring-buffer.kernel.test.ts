// Does a program get what is put into a user ring buffer, once and in order?
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SimKernel, UserRingBuffer } from '../../src/index.ts';
import { newKernel, openFds, until, userRingConsumer } from './producers.ts';

describe('user ring buffers', () => {
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

  it('is refused on a simulated kernel', () => {
    expect(() => new UserRingBuffer({ kernel: new SimKernel(), fd: 3 })).toThrow(expect.objectContaining({ name: 'UnsupportedError' }));
  });
});
