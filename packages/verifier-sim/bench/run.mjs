// How long does an instruction take to verify, against the running kernel in the same run?
//
//   npm run bench -w @rootlet/verifier-sim [-- [--rounds N] [--only PROGRAM] [--level N] [--least N] [--sim] [FILE.o|FOLDER...]]
//
// Prints microseconds of processor time per processed instruction and the ratio, without log and at level 2: medians of rounds in which both are
// asked in turn. Without files, the programs of programs.c; of files, programs that process `--least` instructions or more (1,000 when not
// given), and the geometric mean of their ratios. --sim leaves the kernel out, for a profiler. Needs root and bpf(2); clang-19 without files.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listObjects, loadForJudges } from '../../../tools/kernel-diff/objects.mjs';

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: text, only: text, level: text, least: text, sim: { type: 'boolean' } },
});
const rounds = Number(values.rounds ?? 5);
const least = Number(values.least ?? (positionals.length > 0 ? 1000 : 0));
const levels = values.level === undefined ? [0, 2] : [Number(values.level)];

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const rows = [];

function measure(attr, askReal, askSim) {
  if (values.only !== undefined && attr.name !== values.only) return;
  const insns = Number(/^processed (\d+) insns/m.exec(askSim(4).log)?.[1] ?? 0);
  if (insns < least) return;
  const row = { name: attr.name, insns };
  for (const level of levels) {
    const [real, sim] = [[], []];
    for (let round = 0; round < rounds; round++) {
      if (!values.sim) real.push((askReal(level).ms * 1000) / insns);
      sim.push((askSim(level).ms * 1000) / insns);
    }
    row[level] = { real: values.sim ? 0 : median(real), sim: median(sim) };
  }
  rows.push(row);
}

function measureOwn() {
  const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
  const here = fileURLToPath(new URL('.', import.meta.url));
  const object = join(out, 'programs.o');
  const include = join(here, '../../../docs/examples/include');
  const flags = ['-O2', '-g', '--target=bpfel', '-mcpu=v3', `-I${include}`, '-idirafter', '/usr/include/x86_64-linux-gnu'];
  try {
    execFileSync('clang-19', [...flags, '-c', join(here, 'programs.c'), '-o', object], { stdio: 'inherit' });
    loadForJudges(object, measure);
  } finally {
    rmSync(out, { recursive: true });
  }
}

if (positionals.length === 0) measureOwn();
// npm runs this in the package's folder.
else for (const path of positionals) for (const file of listObjects(resolve(process.env.INIT_CWD ?? process.cwd(), path))) loadForJudges(file, measure);

const cell = (cost) => (cost === undefined ? '' : format(cost)).padStart(24);
const format = ({ real, sim }) => `${real.toFixed(2)} / ${sim.toFixed(2)} = ${(sim / real).toFixed(2)}`;
console.log(`${'program'.padEnd(16)}${'insns'.padStart(8)}${'no log: kernel / sim'.padStart(24)}${'level 2'.padStart(24)}`);
for (const row of rows) console.log(`${row.name.padEnd(16)}${String(row.insns).padStart(8)}${cell(row[0])}${cell(row[2])}`);
if (positionals.length > 0 && !values.sim) {
  const mean = (level) => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[level].sim / row[level].real), 0) / rows.length).toFixed(2);
  console.log(`${rows.length} programs, geometric mean of the ratios: ${levels.map((level) => `${mean(level)} at level ${level}`).join(', ')}`);
}
