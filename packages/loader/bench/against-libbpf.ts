// Is an object open as soon as with libbpf, on the same machine in the same minute?
//
//   npm run bench -w @rootlet/loader
//   ROUNDS=9 OBJECT=/path.o npm run bench -w @rootlet/loader
//
// The peer is bpf_object__open_mem and bpf_object__close, called from tools/open-diff/probe.c. Ours is warm: after 300 opens V8 has
// compiled what it will. Rounds alternate; the ratio is that of the medians. On a machine that does other work too, the ratio of the
// minima is the steadier one, so both are printed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseObject } from '../src/index.ts';

const path = process.env['OBJECT'] ?? process.env['ROOTLET_BENCH_OBJECT'] ?? '';
const rounds = Number(process.env['ROUNDS'] ?? 9);
const repeat = 20;
const goal = 1;
const bytes = new Uint8Array(readFileSync(path));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function ourTimes(count: number): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    parseObject(bytes, { name: 'bench' });
    return performance.now() - start;
  });
}

function peerTimes(command: readonly string[], count: number): number[] {
  const [program = '', ...first] = command;
  const { stdout, status } = spawnSync(program, [...first, 'bench', path, String(count)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`probe: exit status ${status}`);
  return stdout.trim().split('\n').map((line) => Number(line) / 1e6);
}

const spec = parseObject(bytes, { name: 'bench' });
const relocs = spec.code.funcs.reduce((sum, func) => sum + func.relocs.length + func.coreRelos.length, 0);
console.log(`${path}: ${(bytes.length / 1e3).toFixed(0)} KB, ${spec.programs.length} programs, ${spec.maps.length} maps, ${relocs} relocations; medians of ${rounds} rounds, minima in brackets`);
const [cold] = ourTimes(1);
const probe = process.env['ROOTLET_BENCH_PROBE'];
const peer = probe === undefined ? undefined : (JSON.parse(probe) as { command: readonly string[]; version: string });
const ours: number[] = [];
const theirs: number[] = [];
ourTimes(300);
for (let round = 0; round < rounds; round++) {
  ours.push(...ourTimes(repeat));
  if (peer !== undefined) theirs.push(...peerTimes(peer.command, repeat));
}
const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}) ms`;
const ratio = median(ours) / median(theirs);
const best = Math.min(...ours) / Math.min(...theirs);
const verdict = peer === undefined ? '' : `   libbpf ${peer.version} ${shown(theirs)}   ratio ${ratio.toFixed(3)}, of minima ${best.toFixed(3)}, goal ${goal}: ${ratio <= goal ? 'met' : `missed by ${(ratio / goal).toFixed(2)} x`}`;
console.log(`open                 rootlet ${shown(ours)}${verdict}`);
console.log(`first open, unwarmed rootlet ${(cold ?? NaN).toFixed(2)} ms`);
