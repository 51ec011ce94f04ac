// Does every damaged blob end in a typed error or in types that can be used, in bounded time and memory?
//
//   node tools/btf-mutate.mjs --count 1000000 --seed 1     mutated .BTF, split .BTF, .BTF.ext and objects
//   node tools/btf-mutate.mjs --seed 1 --only 4711         one blob again
//   node tools/btf-mutate.mjs --memory                     what parsing takes of the worst shapes, in sizes of the blob
//
// Blobs are worked on in a thread each core has; this thread watches their counters and ends one that stays at a blob for too long.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { ROOT } from './lib/workspace.mjs';

const { values: args } = parseArgs({
  options: { count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, limit: { type: 'string', default: '2000' }, only: { type: 'string' }, threads: { type: 'string' }, memory: { type: 'boolean', default: false } },
});
/** Milliseconds a blob may take; one takes less than a thousandth of it on average. */
const LIMIT_MS = Number(args.limit);

const out = mkdtempSync(join(tmpdir(), 'rootlet-mutate-'));
let failed = 0;
try {
  await build({
    entryPoints: [join(ROOT, args.memory ? 'tools/btf/memory.mjs' : 'tools/btf/mutate-worker.mjs')],
    outfile: join(out, 'worker.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    tsconfig: join(ROOT, 'tsconfig.json'),
  });
  if (args.memory) {
    const { status } = spawnSync(process.execPath, ['--expose-gc', join(out, 'worker.mjs')], { stdio: 'inherit' });
    failed = status === 0 ? 0 : 1;
  } else {
    await mutate();
  }
} finally {
  rmSync(out, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function mutate() {
  const first = args.only === undefined ? 0 : Number(args.only);
  const end = args.only === undefined ? Number(args.count) : first + 1;
  const threads = args.only === undefined ? Number(args.threads ?? availableParallelism()) : 1;
  const step = Math.ceil((end - first) / threads);
  const counts = {};
  const began = Date.now();
  let retried = 0;
  await Promise.all(Array.from({ length: threads }, (_, thread) => watch(first + thread * step, Math.min(end, first + (thread + 1) * step))));
  const seconds = (Date.now() - began) / 1000;
  const text = Object.entries(counts).sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`).join(', ');
  console.log(`${end - first} blobs, seed ${args.seed}, ${seconds.toFixed(0)} s: ${failed} failed${retried === 0 ? '' : `; ${retried} were slow once and not when alone`}\nwhat came of what was done: ${text}`);

  /** Works on a range, with so many times the limit; a blob that hangs or kills its thread is reported and left out. */
  async function watch(from, to, patience = 1) {
    while (from < to) {
      const counter = new SharedArrayBuffer(4);
      const seen = new Int32Array(counter);
      seen[0] = from;
      const worker = new Worker(join(out, 'worker.mjs'), { workerData: { root: ROOT, seed: Number(args.seed), from, to, counter }, resourceLimits: { maxOldGenerationSizeMb: 512 } });
      let at = -1;
      let since = performance.now();
      const problem = await new Promise((resolve) => {
        const timer = setInterval(() => {
          const now = performance.now();
          if (seen[0] !== at) [at, since] = [seen[0], now];
          // The first one waits for the thread to start.
          if (now - since > patience * LIMIT_MS + (at === from ? 10_000 : 0)) resolve(`no end after ${LIMIT_MS} ms`);
        }, 50);
        worker.on('message', (message) => {
          if (message.failed !== undefined) {
            failed++;
            const path = join(tmpdir(), `rootlet-mutant-${args.seed}-${message.failed}.bin`);
            writeFileSync(path, message.bytes);
            console.log(`blob ${message.failed} (${message.seedling}, kept as ${path}): ${message.message}`);
          } else {
            for (const [name, count] of Object.entries(message.counts)) counts[name] = (counts[name] ?? 0) + count;
            resolve(undefined);
          }
        });
        worker.on('error', (error) => resolve(`thread died: ${error.message}`));
        worker.on('exit', () => clearInterval(timer));
      });
      await worker.terminate();
      if (problem === undefined) return true;
      // A thread that got no processor looks like one that hangs: the blob alone, with more time, tells.
      const blob = seen[0];
      if (problem.startsWith('no end') && patience === 1 && (await watch(blob, blob + 1, 15))) {
        retried++;
      } else {
        failed++;
        console.log(`blob ${blob}: ${problem}`);
      }
      from = blob + 1;
      if (patience > 1) return false;
    }
  }
}
