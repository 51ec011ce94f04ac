// Does linking cost as much per object when there are more of them?
//
//   npm run bench -w @rootlet/reloc -- link-work      COUNTS=100,1000 chooses numbers of objects
//
// Counts instructions of the processor (callgrind, of valgrind) instead of time: neither caches nor other work on the machine count, the
// garbage collector does. V8 interprets here, so the number of instructions is comparable with itself only; libbpf's is
// beside it for its growth. Takes some minutes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { linkObjects } from '../src/index.ts';

const { paths, peer } = JSON.parse(process.env['ROOTLET_BENCH_LINK'] ?? '{}') as { readonly paths: readonly string[]; readonly peer: readonly string[] | undefined };
const counts = (process.env['COUNTS'] ?? '100,1000').split(',').map(Number);

function linkOnce(count: number): void {
  // All are read, so that reading is no part of the difference.
  const all = paths.map((path) => ({ name: path, bytes: new Uint8Array(readFileSync(path)) }));
  if (count > 0) linkObjects(all.slice(0, count));
}

function instructions(command: readonly string[], count?: number): number {
  const env = count === undefined ? process.env : { ...process.env, ROOTLET_LINK_COUNT: String(count) };
  const { stderr, error, status } = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...command], { encoding: 'utf8', env });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined || status !== 0) throw new Error(`valgrind: ${error?.message ?? stderr}`);
  return Number(collected);
}

function ours(count: number): number {
  return instructions([process.execPath, '--jitless', '--single-threaded', fileURLToPath(import.meta.url)], count);
}

function theirs(count: number): number {
  const [command = '', ...first] = peer ?? [];
  return instructions([command, ...first, '1', ...paths.slice(0, count)]);
}

if (process.env['ROOTLET_LINK_COUNT'] !== undefined) linkOnce(Number(process.env['ROOTLET_LINK_COUNT']));
else {
  const start = ours(0);
  const perObject: { readonly own: number; readonly peer: number }[] = [];
  for (const count of counts) {
    const row = { own: (ours(count) - start) / count, peer: peer === undefined ? NaN : theirs(count) / count };
    perObject.push(row);
    console.log(`${count} objects: millions of instructions per object: rootlet ${(row.own / 1e6).toFixed(2)} interpreted, libbpf ${(row.peer / 1e6).toFixed(2)}`);
  }
  const [few, many] = [perObject[0], perObject.at(-1)];
  if (few !== undefined && many !== undefined) {
    const growth = many.own / few.own;
    console.log(`growth: rootlet ${growth.toFixed(2)}, libbpf ${(many.peer / few.peer).toFixed(2)}; goal at most 1.1 (linear): ${growth <= 1.1 ? 'met' : 'missed'}`);
  }
}
