// Does CO-RE keep up with libbpf, on the same machine in the same minute?
//
//   npm run bench -w @rootlet/reloc -- core
//
// Both sides start from an opened object. The first row counts parsing of the target's BTF, the others do not; the index over the
// target's names is built anew each time. Rounds alternate; the ratio is that of the medians.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseBtf } from '@rootlet/btf';
import { applyCoreRelos, CoreTarget, openCoreObject } from '../src/index.ts';

/** What core.mjs hands over. */
interface Setup {
  readonly target: string;
  readonly objects: readonly { readonly path: string; readonly what: string; readonly goal: number; readonly withParse: boolean }[];
  /** Command and first arguments of the peer; undefined when there is none, with the reason. */
  readonly peer: readonly string[] | undefined;
  readonly obstacle: string | undefined;
}

const setup = JSON.parse(process.env['ROOTLET_BENCH_CORE'] ?? '{}') as Setup;
const rounds = Number(process.env['ROUNDS'] ?? 5);
const REPEAT = 5;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function peerTimes(path: string, withParse: boolean): number[] {
  const [command = '', ...first] = setup.peer ?? [];
  const { stdout, status, stderr } = spawnSync(command, [...first, path, setup.target, String(REPEAT)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`libbpf: exit status ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([parse = NaN, relocate = NaN]) => (relocate + (withParse ? parse : 0)) / 1e6);
}

const bytes = new Uint8Array(readFileSync(setup.target));
if (setup.peer === undefined) console.log(`only our own times, without ratios: ${setup.obstacle}`);
for (const { path, what, goal, withParse } of setup.objects) {
  const object = openCoreObject(new Uint8Array(readFileSync(path)));
  const local = object.btf;
  if (local === undefined) throw new Error(`${path}: no BTF`);
  const relos = object.model.funcs.reduce((sum, func) => sum + func.coreRelos.length, 0);
  const types = new Set(object.model.funcs.flatMap((func) => func.coreRelos.map(({ typeId }) => typeId))).size;
  const run = (): number => {
    const parsed = withParse ? undefined : parseBtf(bytes);
    const start = performance.now();
    const { unresolved } = applyCoreRelos(object.model, local, new CoreTarget(parsed ?? parseBtf(bytes)));
    const took = performance.now() - start;
    if (unresolved.length > 0) throw new Error(`${path}: ${unresolved[0]?.what} is not there`);
    return took;
  };
  const first = run();
  for (let i = 0; i < 10; i++) run();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < REPEAT; i++) ours.push(run());
    if (setup.peer !== undefined) theirs.push(...peerTimes(path, withParse));
  }
  const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}) ms`;
  const ratio = median(ours) / median(theirs);
  const verdict = setup.peer === undefined ? '' : `   libbpf ${shown(theirs)}   ratio ${ratio.toFixed(3)}, goal ${goal}: ${ratio <= goal ? 'met' : `missed by ${(ratio / goal).toFixed(2)} x`}`;
  console.log(`${`${what} (${relos} / ${types})`.padEnd(52)} rootlet ${shown(ours)}, first ${first.toFixed(1)} ms${verdict}`);
}
