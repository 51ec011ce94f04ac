// Do ring buffers give what programs wrote, in order and once?
//
// Also run on the running kernel, by ring-buffer.kernel.test.ts.
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { Kernel } from '@rootlet/loader';
import { RingBuffer } from '../../src/index.ts';
import { newKernel, numberOf, onLinux, openFds, ringProducer, until } from './producers.ts';
import type { Producer } from './producers.ts';

describe(`ring buffers on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  let kernel: Kernel;
  let producer: Producer;
  let before: number;

  beforeAll(() => {
    // What koffi opens it keeps.
    kernel = newKernel();
    const warm = ringProducer(kernel, 4096);
    new RingBuffer(warm).close();
    warm.close();
    before = openFds();
  });

  beforeEach(() => {
    producer = ringProducer(kernel, 4096);
  });

  afterEach(() => producer.close());

  // The waiting thread closes its own fds when it has returned; so may one of a suite that ran before.
  afterAll(() => until(() => openFds() <= before));

  it('hands records to a callback, as long as they are there', () => {
    const seen: number[] = [];
    const rings = new RingBuffer(producer, (record, ring) => {
      expect(record.length).toBe(16);
      expect(ring.mapFd).toBe(producer.fd);
      seen.push(numberOf(record));
    });
    producer.produce(5);
    expect(rings.ring(0)?.availableSize).toBe(5 * 24);
    expect(rings.consume(2)).toBe(2);
    expect(rings.consume()).toBe(3);
    expect(rings.consume()).toBe(0);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(rings.ring(0)).toMatchObject({ size: 4096, availableSize: 0, consumerPosition: 120, producerPosition: 120 });
    rings.close();
  });

  it('goes on over the end of the ring, for many rounds', () => {
    const seen: number[] = [];
    const rings = new RingBuffer(producer, (record) => void seen.push(numberOf(record)));
    for (let round = 0; round < 50; round++) {
      producer.produce(37);
      rings.consume();
    }
    expect(seen).toEqual(Array.from({ length: 50 * 37 }, (_, idx) => idx));
    rings.close();
  });

  it('leaves out discarded records', () => {
    const discarding = ringProducer(kernel, 4096, { discardOdd: true });
    const seen: number[] = [];
    const rings = new RingBuffer(discarding, (record) => void seen.push(numberOf(record)));
    discarding.produce(6);
    expect(rings.consume()).toBe(3);
    expect(seen).toEqual([0, 2, 4]);
    expect(rings.ring(0)?.availableSize).toBe(0);
    rings.close();
    discarding.close();
  });

  it('gives space back only for what was consumed: a full ring refuses, then goes on', () => {
    producer.produce(200);
    const first = producer.counts();
    expect(first.written).toBe(170);
    expect(first.full).toBe(30);
    const seen: number[] = [];
    const rings = new RingBuffer(producer, (record) => void seen.push(numberOf(record)));
    rings.consume(10);
    producer.produce(11);
    expect(producer.counts().written).toBe(180);
    rings.consume();
    expect(seen).toEqual(Array.from({ length: 180 }, (_, idx) => idx));
    rings.close();
  });

  it('polls: what is there at once, else when it comes, else 0 in the end', async () => {
    let count = 0;
    const rings = new RingBuffer(producer, () => {
      count++;
    });
    producer.produce(3);
    expect(await rings.poll(1000)).toBe(3);
    expect(await rings.poll(5)).toBe(0);
    expect(await rings.poll(0)).toBe(0);
    const polled = rings.poll(5000);
    setTimeout(() => producer.produce(2), 10);
    expect(await polled).toBe(2);
    expect(count).toBe(5);
    rings.close();
  });

  it('is iterated over, while records come and go', async () => {
    const rings = new RingBuffer(producer);
    let written = 0;
    const timer = setInterval(() => {
      producer.produce(10);
      written += 10;
      if (written === 100) clearInterval(timer);
    }, 1);
    const seen: number[] = [];
    for await (const record of rings) {
      seen.push(numberOf(record));
      if (seen.length === 100) break;
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, idx) => idx));
    // Whoever left the loop has consumed the record it was at.
    expect(rings.ring(0)?.availableSize).toBe(0);
    rings.close();
  });

  it('keeps what a slow consumer has not taken', async () => {
    const rings = new RingBuffer(producer);
    producer.produce(170);
    const records = rings.records();
    expect(numberOf(((await records.next()).value as { data: Uint8Array }).data)).toBe(0);
    producer.produce(1);
    // The record that it stands at is not given back yet.
    expect(producer.counts()).toEqual({ written: 170, full: 1 });
    await records.return();
    producer.produce(1);
    expect(producer.counts().written).toBe(171);
    rings.close();
  });

  it('reads many rings, each in its order', async () => {
    const second = ringProducer(kernel, 8192);
    const rings = new RingBuffer(producer);
    const other = rings.add(second);
    producer.produce(20);
    second.produce(30);
    const seen = new Map<unknown, number[]>(rings.rings.map((ring) => [ring, []]));
    let count = 0;
    for await (const { ring, data } of rings.records()) {
      seen.get(ring)?.push(numberOf(data));
      if (++count === 50) break;
    }
    expect([...seen.values()].map((list) => list.length)).toEqual([20, 30]);
    expect(seen.get(other)).toEqual(Array.from({ length: 30 }, (_, idx) => idx));
    expect(rings.ring(2)).toBeUndefined();
    // Both are waited for at once.
    const waited = rings.records().next();
    second.produce(1);
    expect((await waited).value).toMatchObject({ ring: other });
    rings.close();
    second.close();
  });

  it('ends with the reason of a signal, also while it waits', async () => {
    const rings = new RingBuffer(producer, () => {});
    const controller = new AbortController();
    const signal = controller.signal;
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(rings.records({ signal }).next()).rejects.toThrow('enough');
    await expect(rings.poll(-1, { signal })).rejects.toThrow('enough');
    await expect(rings.run({ signal })).rejects.toThrow('enough');
    await expect(rings.records({ signal: AbortSignal.timeout(5) }).next()).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    rings.close();
  });

  it('ends waits and iterations when it is closed', async () => {
    const rings = new RingBuffer(producer, () => {});
    const polled = rings.poll(-1);
    const iterated = rings.records().next();
    const ran = rings.run();
    setTimeout(() => rings.close(), 5);
    expect(await polled).toBe(0);
    expect(await iterated).toEqual({ done: true, value: undefined });
    expect(await ran).toBe(0);
    rings.close();
    expect(() => rings.add(producer)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('runs by itself, and lets others have their turn', async () => {
    let count = 0;
    const rings = new RingBuffer(producer, () => {
      count++;
      // As soon as one was consumed the next one is there: a consumer that goes on while there are any would never stop.
      producer.produce(1);
    });
    producer.produce(1);
    const ran = rings.run();
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks < 5) return;
      clearInterval(timer);
      rings.close();
    }, 1);
    expect(await ran).toBe(count);
    expect(ticks).toBe(5);
    expect(count).toBeGreaterThan(5);
  });

  it('lets a callback stop by throwing; its record is consumed', () => {
    let count = 0;
    const rings = new RingBuffer(producer, () => {
      if (++count === 2) throw new Error('stop');
    });
    producer.produce(3);
    expect(() => rings.consume()).toThrow('stop');
    expect(rings.consume()).toBe(1);
    rings.close();
  });

  it('refuses to take a record away from who is at it', async () => {
    const rings: RingBuffer = new RingBuffer(producer, () => void rings.consume());
    producer.produce(2);
    expect(() => rings.consume()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    const records = rings.records();
    await records.next();
    expect(() => rings.consume()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    await records.return();
    expect(rings.consume()).toBe(0);
    rings.close();
  });

  it('consumes without views', () => {
    const rings = new RingBuffer(producer);
    producer.produce(100);
    let sum = 0;
    const count = rings.ring(0)?.consumeRaw((bytes, byteOff, byteLength) => {
      sum += (bytes[byteOff] ?? 0) + byteLength;
    });
    expect(count).toBe(100);
    expect(sum).toBe(99 * 50 + 1600);
    expect(() => rings.consume()).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    rings.close();
  });

  it('refuses other maps and leaves nothing open', () => {
    const array = kernel.mapCreate({ name: 'array', type: 2, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 });
    const fds = openFds();
    expect(() => new RingBuffer({ kernel, fd: array })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => new RingBuffer({ kernel, fd: 987_654 })).toThrow(expect.objectContaining({ code: 'EBADF' }));
    const rings = new RingBuffer(producer);
    expect(() => rings.add({ kernel, fd: array })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    rings.close();
    expect(openFds()).toBe(fds);
    kernel.close(array);
  });

  it('has views that may be touched after the end', () => {
    let kept: Uint8Array | undefined;
    const rings = new RingBuffer(producer, (record) => {
      kept = record;
    });
    producer.produce(1);
    rings.consume();
    rings.close();
    producer.close();
    producer = ringProducer(kernel, 4096);
    expect(kept?.length).toBe(16);
    expect(() => kept?.join()).not.toThrow();
  });
});
