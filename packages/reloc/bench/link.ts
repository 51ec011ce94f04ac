// Does linking keep up with libbpf, on the same machine in the same minute?
//
//   npm run bench -w @rootlet/reloc -- link      COUNTS=2,10 chooses numbers of objects: 2, 10, 100 and 1000 when absent
//
// The objects are compiled here (link-sources.mjs), all different; the peer is the newest libbpf, called from link-peer.c. Both
// take bytes and give bytes. Each round measures both sides one after the other; the ratio is that of the medians, in brackets that of
// the minima, which other work on the machine disturbs least.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { linkObjects } from '../src/index.ts';

/** What run.mjs hands over. */
interface Setup {
  readonly paths: readonly string[];
  readonly counts: readonly number[];
  /** Command and first arguments of the peer; undefined when there is none, with the reason. */
  readonly peer: readonly string[] | undefined;
  readonly obstacle: string | undefined;
}

const setup = JSON.parse(process.env['ROOTLET_BENCH_LINK'] ?? '{}') as Setup;
const rounds = Number(process.env['ROUNDS'] ?? 5);
const GOAL_COUNT = 100;
const GOAL = 1;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function peerTimes(paths: readonly string[], repeat: number): number[] {
  const [command = '', ...first] = setup.peer ?? [];
  const { stdout, status, stderr } = spawnSync(command, [...first, String(repeat), ...paths], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`libbpf: exit status ${status}: ${stderr}`);
  return stdout.trim().split('\n').map((line) => Number(line) / 1e6);
}

const all = setup.paths.map((path) => ({ name: path.replace(/^.*\//, ''), bytes: new Uint8Array(readFileSync(path)) }));
const bytesEach = all.reduce((sum, { bytes }) => sum + bytes.length, 0) / all.length;
console.log(`objects of ${(bytesEach / 1024).toFixed(1)} KB; medians of ${rounds} rounds, minima in brackets`);
if (setup.peer === undefined) console.log(`only our own times, without ratios: ${setup.obstacle}`);

/** Links before anything is measured. */
const warmUps = (count: number): number => Math.min(100, Math.ceil(6000 / count));

/** Milliseconds per object, by number of objects. */
const perObject = new Map<number, { readonly usual: number; readonly least: number; readonly peer: number }>();
for (const count of setup.counts) {
  const inputs = all.slice(0, count);
  const repeat = count >= 1000 ? 2 : count >= 100 ? 8 : 30;
  // As long as V8 compiles what runs often; other processes hold it up.
  for (let i = 0; i < warmUps(count); i++) linkObjects(inputs);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < repeat; i++) {
      const start = performance.now();
      linkObjects(inputs);
      ours.push(performance.now() - start);
    }
    if (setup.peer !== undefined) theirs.push(...peerTimes(setup.paths.slice(0, count), repeat));
  }
  perObject.set(count, { usual: median(ours) / count, least: Math.min(...ours) / count, peer: median(theirs) / count });
  const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}) ms`;
  const ratio = median(ours) / median(theirs);
  const met = `, goal ${GOAL}: ${ratio <= GOAL ? 'met' : `missed by ${(ratio / GOAL).toFixed(2)} x`}`;
  const verdict = setup.peer === undefined ? '' : `   libbpf ${shown(theirs)}   ratio ${ratio.toFixed(3)} (${(Math.min(...ours) / Math.min(...theirs)).toFixed(3)})${count === GOAL_COUNT ? met : ''}`;
  console.log(`${`link ${count} objects`.padEnd(24)} rootlet ${shown(ours)}${verdict}`);
}
const few = perObject.get(100);
const many = perObject.get(1000);
if (few !== undefined && many !== undefined) {
  const growth = `${(many.usual / few.usual).toFixed(2)} (${(many.least / few.least).toFixed(2)})`;
  // The work itself is linear (link-work counts it); what grows is the part of the objects that no cache holds.
  console.log(`time per object, 1,000 against 100: rootlet ${growth}, libbpf ${(many.peer / few.peer).toFixed(2)}`);
}
