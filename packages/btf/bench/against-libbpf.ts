// Is rootlet as fast as libbpf, on the same machine in the same minute?
//
//   npm run bench -w @rootlet/btf [-- ROW...]      rows: parse lookup dump-c append dedup memory; all when none is named
//   BTF=/path ROUNDS=5 npm run bench -w @rootlet/btf
//
// The peers are the newest libbpf that Debian has (tools/lib/peers.mjs) and the one installed here, called from libbpf.c. Each round
// measures all one after the other; a ratio is that of the medians.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Btf } from '../src/index.ts';
import { BtfBuilder, dedupBtf, dumpC, parseBtf } from '../src/index.ts';

const dir = process.env['ROOTLET_BENCH_DIR'] ?? '.';
const blob = process.env['BTF'] ?? '/sys/kernel/btf/vmlinux';
const rounds = Number(process.env['ROUNDS'] ?? 5);
const wanted = process.argv.slice(2);

interface Peer {
  readonly name: string;
  readonly command: readonly string[];
}

interface Row {
  readonly op: string;
  readonly what: string;
  readonly goal: number;
  /** Measurements in one round; more for what is short. */
  readonly repeat: number;
  /** One measurement, in milliseconds. */
  run(): number;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function twice(btf: Btf): BtfBuilder {
  const builder = new BtfBuilder();
  builder.addBtf(btf);
  builder.addBtf(btf);
  return builder;
}

/** Names and kinds as libbpf.c picks them. */
function pickNames(btf: Btf): [string, number][] {
  const picked: [string, number][] = [];
  const step = Math.floor(btf.typeCount / 2000);
  for (let id = 1; id < btf.typeCount && picked.length < 1000; id += step) {
    if (btf.name(id) !== '') picked.push([btf.name(id), btf.kind(id)]);
  }
  return picked;
}

function peerTimes(peer: Peer, op: string, count: number): number[] {
  const [command = '', ...first] = peer.command;
  const { stdout, status } = spawnSync(command, [...first, blob, op, String(count)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${peer.name} ${op}: exit status ${status}`);
  return stdout.trim().split('\n').map((line) => Number(line) / 1e6);
}

const bytes = new Uint8Array(readFileSync(blob));
const btf = parseBtf(bytes);
const names = pickNames(btf);
const both = twice(btf).build();
const peers = JSON.parse(process.env['ROOTLET_BENCH_PEERS'] ?? '[]') as readonly Peer[];

const ROWS: readonly Row[] = [
  { op: 'parse', what: 'parse', goal: 0.7, repeat: 9, run: () => timed(() => parseBtf(bytes)) },
  {
    op: 'lookup', what: '1,000 lookups by name and kind, index included', goal: 0.05, repeat: 3,
    run: () => {
      const fresh = parseBtf(bytes);
      return timed(() => names.forEach(([name, kind]) => fresh.findByNameKind(name, kind)));
    },
  },
  {
    op: 'dump-c', what: 'C dump of everything', goal: 2, repeat: 3,
    run: () => timed(() => {
      let chars = 0;
      for (const chunk of dumpC(btf)) chars += chunk.length;
      return chars;
    }),
  },
  { op: 'append', what: 'append two copies', goal: 0.7, repeat: 3, run: () => timed(() => twice(btf).encode()) },
  { op: 'dedup', what: 'dedup of two copies', goal: 2, repeat: 2, run: () => timed(() => dedupBtf(both)) },
];

console.log(`${blob}: ${(bytes.length / 1e6).toFixed(1)} MB, ${btf.typeCount - 1} types; medians of ${rounds} rounds, minima in brackets`);
const selected = (op: string): boolean => wanted.length === 0 || wanted.includes(op);
for (const row of ROWS.filter(({ op }) => selected(op))) {
  const ours: number[] = [];
  const theirs = peers.map((): number[] => []);
  row.run();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < row.repeat; i++) ours.push(row.run());
    peers.forEach((peer, idx) => theirs[idx]?.push(...peerTimes(peer, row.op, row.repeat)));
  }
  const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}) ms`;
  console.log(`${row.what.padEnd(48)} rootlet ${shown(ours)}`);
  peers.forEach(({ name }, idx) => {
    const times = theirs[idx] ?? [];
    const ratio = median(ours) / median(times);
    // The goals are against the newest one, which checks what it parses as we do.
    const verdict = idx > 0 ? '' : `, goal ${row.goal}: ${ratio <= row.goal ? 'met' : `missed by ${(ratio / row.goal).toFixed(2)} x`}`;
    console.log(`${''.padEnd(48)} ${name} ${shown(times)}, ratio ${ratio.toFixed(3)}${verdict}`);
  });
}

if (selected('memory')) {
  // VmHWM, since Linux hands the parent's `ru_maxrss` down through exec.
  const bareScript = "console.log(JSON.stringify({ peakKb: Number(/VmHWM:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]) }))";
  const fresh = (args: readonly string[]): { readonly peakKb: number; readonly ms: number }[] =>
    Array.from({ length: rounds }, () => JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as { peakKb: number; ms: number });
  const bare = median(fresh(['-e', bareScript]).map(({ peakKb }) => peakKb)) / 1024;
  const runs = fresh([join(dir, 'parse-once.mjs'), blob]);
  const parsing = median(runs.map(({ peakKb }) => peakKb)) / 1024;
  const cold = median(runs.map(({ ms }) => ms));
  const more = parsing - bare;
  console.log(`${'peak memory of a parse'.padEnd(48)} ${parsing.toFixed(1)} MB, bare node ${bare.toFixed(1)} MB: + ${more.toFixed(1)} MB, goal + 20: ${more <= 20 ? 'met' : 'missed'}`);
  console.log(`${'cold parse'.padEnd(48)} ${cold.toFixed(2)} ms, goal 15: ${cold <= 15 ? 'met' : 'missed'}`);
}
