// How long does an instruction take to verify, against the running kernel in the same run?
//
//   npm run bench -w @rootlet/verifier-sim [-- --rounds N] [--only PROGRAM] [--level N] [--sim]
//
// Prints microseconds of processor time per processed instruction and the ratio, without log and at level 2: medians of rounds in which both are
// asked in turn. --sim leaves the kernel out, for a profiler. Needs root, bpf(2) and clang-19.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootlet } from '../../../tools/kernel-diff/rootlet.mjs';
import { teeKernel } from '../../../tools/kernel-diff/tee.mjs';

const { LinuxKernel, loadObject, parseObject } = rootlet;
const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : fallback);
const rounds = Number(option('rounds', 5));
const only = option('only', undefined);
const levels = option('level', undefined) === undefined ? [0, 2] : [Number(option('level', 0))];
const simOnly = args.includes('--sim');

const here = fileURLToPath(new URL('.', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const object = join(out, 'programs.o');
const include = join(here, '../../../docs/examples/include');
execFileSync('clang-19', ['-O2', '-g', '--target=bpfel', '-mcpu=v3', `-I${include}`, '-idirafter', '/usr/include/x86_64-linux-gnu', '-c', join(here, 'programs.c'), '-o', object], { stdio: 'inherit' });

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const rows = [];
const kernel = teeKernel(new LinuxKernel(), (attr, askReal, askSim) => {
  if (only !== undefined && attr.name !== only) return;
  const insns = Number(/^processed (\d+) insns/m.exec(askSim(4).log)[1]);
  const row = { name: attr.name, insns };
  for (const level of levels) {
    const [real, sim] = [[], []];
    for (let round = 0; round < rounds; round++) {
      if (!simOnly) real.push((askReal(level).ms * 1000) / insns);
      sim.push((askSim(level).ms * 1000) / insns);
    }
    row[level] = { real: simOnly ? 0 : median(real), sim: median(sim) };
  }
  rows.push(row);
});
try {
  loadObject(parseObject(readFileSync(object), { name: 'programs' }), kernel).close();
} finally {
  rmSync(out, { recursive: true });
}
const cell = (cost) => (cost === undefined ? '' : format(cost)).padStart(24);
const format = ({ real, sim }) => `${real.toFixed(2)} / ${sim.toFixed(2)} = ${(sim / real).toFixed(2)}`;
console.log(`${'program'.padEnd(14)}${'insns'.padStart(8)}${'no log: kernel / sim'.padStart(24)}${'level 2'.padStart(24)}`);
for (const row of rows) console.log(`${row.name.padEnd(14)}${String(row.insns).padStart(8)}${cell(row[0])}${cell(row[2])}`);
