// Do perf buffers give what programs wrote, and say what was lost?
//
// Also run on the running kernel, by perf-buffer.kernel.test.ts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kernel } from '@rootlet/loader';
import { PerfBuffer } from '../../src/index.ts';
import { newKernel, numberOf, onLinux, openFds, perfProducer, until } from './producers.ts';
import type { Producer } from './producers.ts';

describe(`perf buffers on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  let kernel: Kernel;
  let producer: Producer;
  let before: number;

  beforeEach(() => {
    kernel = newKernel();
    before = openFds();
    producer = perfProducer(kernel);
  });

  afterEach(async () => {
    producer.close();
    await until(() => openFds() <= before);
  });

  it('hands samples to a callback', () => {
    const seen: number[] = [];
    const perf = new PerfBuffer(producer, {
      onSample: (data, cpu) => {
        expect(data.length).toBe(12);
        expect(perf.cpus).toContain(cpu);
        seen.push(numberOf(data));
      },
    });
    expect(perf.bufferCount).toBe(perf.cpus.length);
    producer.produce(20);
    expect(perf.consume(5)).toBe(5);
    expect(perf.consume()).toBe(15);
    expect(perf.consume()).toBe(0);
    // A run may move to another CPU in between, a single one does not.
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, idx) => idx));
    perf.close();
  });

  it('polls, also one CPU', async () => {
    let count = 0;
    const perf = new PerfBuffer(producer, { onSample: () => { count++; } });
    expect(await perf.poll(5)).toBe(0);
    const polled = perf.poll(5000);
    setTimeout(() => producer.produce(1), 10);
    expect(await polled).toBe(1);
    producer.produce(3);
    expect(perf.cpus.map((_, idx) => perf.consumeBuffer(idx)).reduce((sum, n) => sum + n, 0)).toBe(3);
    expect(count).toBe(4);
    perf.close();
  });

  it('is iterated over until a signal ends it', async () => {
    const perf = new PerfBuffer(producer);
    const controller = new AbortController();
    const seen: number[] = [];
    setTimeout(() => producer.produce(10), 5);
    const iterate = async (): Promise<void> => {
      for await (const { data, lost } of perf.records({ signal: controller.signal })) {
        expect(lost).toBe(0);
        seen.push(numberOf(data));
        if (seen.length === 10) setTimeout(() => controller.abort(new Error('enough')), 5);
      }
    };
    await expect(iterate()).rejects.toThrow('enough');
    expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    perf.close();
  });

  it('runs by itself until it is closed', async () => {
    let count = 0;
    const perf = new PerfBuffer(producer, {
      onSample: () => {
        if (++count === 50) perf.close();
      },
    });
    const ran = perf.run();
    producer.produce(50);
    expect(await ran).toBe(50);
  });

  it('refuses other maps, and buffers that are no power of two, and leaves nothing open', () => {
    const fds = openFds();
    expect(() => new PerfBuffer({ kernel, fd: 987_654 })).toThrow(expect.objectContaining({ code: 'EBADF' }));
    if (onLinux) expect(() => new PerfBuffer(producer, { pages: 3 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    if (onLinux) expect(() => new PerfBuffer(producer, { cpus: [0, 4095] })).toThrow(expect.objectContaining({ operation: 'perf event open' }));
    expect(openFds()).toBe(fds);
  });
});
