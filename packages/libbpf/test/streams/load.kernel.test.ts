// Is every record seen, once and in order, while programs write as fast as they can? And does a consumer let the process end?
import { afterAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import koffi from 'koffi';
import { join } from 'node:path';
import { BPF_PROG_TEST_RUN } from '@rootlet/uapi';
import { RingBuffer } from '../../src/index.ts';
import { newKernel, ringProducer } from './producers.ts';
import type { Producer } from './producers.ts';

const RECORDS = 1_000_000;
const BATCH = 50_000;

/** Runs a program in another thread, again and again, until it wrote as many records as it should. */
async function produceAside(producer: Producer, records: number): Promise<number> {
  const syscall = koffi.load('libc.so.6').func('long syscall(long number, int cmd, void *attr, unsigned int size)');
  const number = { x64: 321, s390x: 351, ppc64: 361 }[process.arch as 'x64'] ?? 280;
  const packet = new Uint8Array(new ArrayBuffer(64));
  const attr = new Uint8Array(new ArrayBuffer(80));
  const fields = new DataView(attr.buffer);
  fields.setUint32(0, producer.progFd, true);
  fields.setUint32(8, packet.length, true);
  fields.setBigUint64(16, BigInt(koffi.address(packet.buffer)), true);
  let runs = 0;
  for (let written = 0; written < records; written = producer.counts().written) {
    const repeat = Math.min(BATCH, records - written);
    fields.setUint32(32, repeat, true);
    runs += repeat;
    await new Promise<void>((resolve, reject) => {
      syscall.async(number, BPF_PROG_TEST_RUN, attr, attr.length, (error: unknown, result: unknown) => {
        if (error || Number(result) < 0) reject(new Error('test run failed'));
        else resolve();
      });
    });
  }
  return runs;
}

it('loses and reorders nothing of a million records, of two rings at once', async () => {
  const kernel = newKernel();
  const producers = [ringProducer(kernel, 1 << 18), ringProducer(kernel, 1 << 16)] as const;
  const next = [0, 0];
  let wrong = 0;
  const take = (idx: 0 | 1) => (record: Uint8Array) => {
    const low = (record[0] ?? 0) | ((record[1] ?? 0) << 8) | ((record[2] ?? 0) << 16) | ((record[3] ?? 0) << 24);
    if (low !== next[idx] || record.length !== 16) wrong++;
    next[idx] = (next[idx] ?? 0) + 1;
  };
  const rings = new RingBuffer(producers[0], take(0));
  rings.add(producers[1], take(1));
  const ran = rings.run();
  let ticks = 0;
  const timer = setInterval(() => {
    ticks++;
  }, 10);
  await Promise.all([produceAside(producers[0], RECORDS), produceAside(producers[1], RECORDS / 4)]);
  while (next[0] !== RECORDS || next[1] !== RECORDS / 4) {
    if ((await rings.poll(500)) === 0) break;
  }
  clearInterval(timer);
  rings.close();
  await ran;
  expect(next).toEqual([RECORDS, RECORDS / 4]);
  expect(wrong).toBe(0);
  expect(ticks).toBeGreaterThan(3);
  for (const producer of producers) producer.close();
}, 60_000);

const root = join(__dirname, '../../../..');
const folder = mkdtempSync(join(tmpdir(), 'rootlet-streams-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script, with `rings` in it, and gives what it printed: how many milliseconds it lived. */
function runNode(source: string): string {
  const script = join(folder, 'script.ts');
  const bundle = join(folder, 'script.mjs');
  writeFileSync(
    script,
    `import { LinuxKernel } from '${root}/packages/linux-kernel/src/index.ts';
    import { RingBuffer } from '${root}/packages/libbpf/src/index.ts';
    const kernel = new LinuxKernel();
    const fd = kernel.mapCreate({ name: 'ring', type: 27, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 });
    const rings = new RingBuffer({ kernel, fd }, () => {});
    const begin = performance.now();
    process.on('exit', () => console.log(Math.round(performance.now() - begin)));
    ${source}`,
  );
  const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', '--external:koffi', `--tsconfig=${root}/tsconfig.json`];
  execFileSync(join(root, 'node_modules/esbuild/bin/esbuild'), [script, `--outfile=${bundle}`, ...options]);
  if (!existsSync(join(folder, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return execFileSync(process.execPath, [bundle], { encoding: 'utf8', timeout: 60_000 });
}

it('keeps the process alive while it waits, and not when it was closed', () => {
  expect(Number(runNode('void rings.run(); setTimeout(() => rings.close(), 100);'))).toBeLessThan(900);
  expect(Number(runNode('void rings.run(); setTimeout(() => rings.close(), 1300);'))).toBeGreaterThanOrEqual(1290);
  const took = (source: string): number => {
    const begin = performance.now();
    runNode(source);
    return performance.now() - begin;
  };
  // A call that is still waiting would hold the exit up; a guest takes its time for what has nothing to do with it.
  const plain = took('');
  expect(took('void rings.run(); setTimeout(() => process.exit(0), 50);')).toBeLessThan(2 * plain + 5000);
  expect(Number(runNode('rings.poll(-1, { signal: AbortSignal.timeout(50) }).catch(() => {});'))).toBeLessThan(900);
}, 120_000);
