// The same on the running kernel, and what only a real one loses.
import { describe, expect, it } from '@jest/globals';
import type { Kernel } from '@rootlet/loader';
import { PerfBuffer } from '../../src/index.ts';
import { newKernel, numberOf, perfProducer } from './producers.ts';
import './perf-buffer.test.ts';

it('says how many samples were lost, and goes on over the end of a buffer', () => {
  const kernel = newKernel();
  const producer = perfProducer(kernel);
  const lost: number[] = [];
  let samples = 0;
  let last = -1;
  const perf = new PerfBuffer(producer, {
    pages: 1,
    onSample: (data) => {
      samples++;
      last = Math.max(last, numberOf(data));
    },
    onLost: (_cpu, count) => void lost.push(count),
  });
  // Records of 24 bytes in 4096: their headers and the ends meet in every round.
  for (let round = 0; round < 40; round++) {
    producer.produce(100);
    perf.consume();
  }
  expect(samples).toBe(4000);
  expect(last).toBe(3999);
  expect(lost).toEqual([]);
  producer.produce(1000);
  perf.consume();
  // A CPU says so with its next sample that fits; which one the next run is on is not ours to say.
  let written = 5000;
  for (let round = 0; round < 500 && samples + perf.lost < written; round++) {
    producer.produce(1);
    written++;
    perf.consume();
  }
  expect(perf.lost).toBeGreaterThan(500);
  expect(samples + perf.lost).toBe(written);
  expect(lost.reduce((sum, count) => sum + count, 0)).toBe(perf.lost);
  perf.close();
  producer.close();
});

describe('events of one\'s own', () => {
  /** A software event that programs write to: `sample_type` is PERF_SAMPLE_RAW and PERF_SAMPLE_CPU. @source perf_event_open(2) */
  const eventAttr = (): Uint8Array => {
    const attr = new DataView(new ArrayBuffer(112));
    const [PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT, RAW_AND_CPU] = [1, 10n, 0x480n] as const;
    attr.setUint32(0, PERF_TYPE_SOFTWARE, true);
    attr.setUint32(4, attr.byteLength, true);
    attr.setBigUint64(8, PERF_COUNT_SW_BPF_OUTPUT, true);
    attr.setBigUint64(16, 1n, true);
    attr.setBigUint64(24, RAW_AND_CPU, true);
    attr.setUint32(48, 1, true);
    return new Uint8Array(attr.buffer);
  };

  const isThere = (kernel: Kernel, fd: number, key: number): boolean => kernel.mapDelete(fd, new Uint8Array(Uint32Array.of(key).buffer));

  it('come whole, until one of them is the last', () => {
    const producer = perfProducer(newKernel());
    const seen: { type: number; size: number; cpu: number; at: number; number: number }[] = [];
    let last = 2;
    const perf = new PerfBuffer(producer, {
      eventAttr: eventAttr(),
      onEvent: (event, at) => {
        const data = new DataView(event.buffer, event.byteOffset, event.byteLength);
        // Header; CPU and reserved; size and bytes of what the program wrote.
        seen.push({ type: data.getUint32(0, true), size: data.getUint16(6, true), cpu: data.getUint32(8, true), at, number: numberOf(event.subarray(20)) });
        return seen.length === last ? false : undefined;
      },
    });
    producer.produce(4);
    expect(perf.consume()).toBe(2);
    last = 0;
    expect(perf.consume()).toBe(2);
    expect(seen.map(({ type, size, number }) => [type, size, number])).toEqual([0, 1, 2, 3].map((number) => [9, 32, number]));
    for (const { cpu, at } of seen) expect(cpu).toBe(at);
    perf.close();
    producer.close();
  });

  it('have their memory at hand', () => {
    const producer = perfProducer(newKernel());
    const perf = new PerfBuffer(producer, { pages: 1 });
    producer.produce(3);
    const heads = perf.cpus.map((_, idx) => {
      const memory = perf.bufferMemory(idx);
      expect(memory.length).toBe(8192);
      return Number(new DataView(memory.buffer, memory.byteOffset).getBigUint64(1024, true));
    });
    expect(heads.reduce((sum, head) => sum + head, 0)).toBe(3 * 24);
    expect(() => perf.bufferMemory(99)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    perf.close();
    producer.close();
  });

  it('go where they are told in the map', () => {
    const producer = perfProducer(newKernel());
    const { kernel, fd } = producer;
    expect(() => new PerfBuffer(producer, { cpus: [0], mapKeys: [] })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    const perf = new PerfBuffer(producer, { cpus: [0], mapKeys: [1] });
    expect([isThere(kernel, fd, 0), isThere(kernel, fd, 1)]).toEqual([false, true]);
    perf.close();
    producer.close();
  });
});
