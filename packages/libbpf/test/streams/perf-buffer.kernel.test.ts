// The same on the running kernel, and what only a real one loses.
import { expect, it } from '@jest/globals';
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
