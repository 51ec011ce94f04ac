// Do broken objects give typed errors, and nothing worse, when they are linked?
//
//   node tools/link-mutate.mjs [--count 100000] [--seed 1] [--only N]
//
// Mutates objects of packages/reloc/test/fixtures (and one with jump tables of docs/examples), links each between two good ones, and reads and links again what comes out. A
// seed gives the same mutations again. Fails at the first error that is not typed, or that took too long.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { ROOT } from './lib/workspace.mjs';

const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(`--${name}`) ? Number(args[args.indexOf(`--${name}`) + 1]) : fallback);
const [count, seed, only] = [option('count', 100_000), option('seed', 1), option('only', -1)];
const MAX_MS = 2000;

const { createRandom, createVictim, linkBroken, mutate } = await importTs('packages/reloc/test/link-mutations.ts');
const FIXTURES = 'packages/reloc/test/fixtures';
const EXAMPLES = 'docs/examples/objects';
const load = (name) => createVictim(name, new Uint8Array(readFileSync(join(ROOT, name.startsWith('jump_tables') ? EXAMPLES : FIXTURES, `${name}.o`))));
const groups = [
  ['unit_a', 'unit_b', 'weak_one'],
  ['weak_one', 'strong_two', 'pick_user'],
  ['collect', 'helpers', 'unit_a'],
  ['arena_a', 'arena_b', 'guard'],
  ['map_weak', 'unit_a', 'pick_user'],
  ['matrix/rich_a.v3', 'matrix/rich_b.v3', 'weak_two'],
  ['matrix/ops_a', 'matrix/ops_b', 'weak_two'],
  ['matrix/comdat_a', 'matrix/comdat_b', 'weak_two'],
  ['unit_b.be', 'unit_a.be', 'weak_one.be'],
  ['jump_tables.v4', 'unit_b', 'weak_one'],
  ['jump_tables.v4.bpfeb', 'unit_a.be', 'weak_one.be'],
].map((names) => names.map(load));

const verdicts = new Map();
let slowest = { ms: 0, at: 0 };
let largest = 0;
const started = Date.now();
for (let at = 0; at < count; at++) {
  if (only >= 0 && at !== only) continue;
  const [victim, before, after] = groups[at % groups.length];
  // Each has a seed of its own, so that one can be looked at alone.
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b));
  for (let skip = 0; skip < 4; skip++) random(2);
  try {
    const { verdict, ms, bytes } = linkBroken(mutate(victim, random), before, after);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (ms > slowest.ms) slowest = { ms, at };
    largest = Math.max(largest, bytes);
    if (ms > MAX_MS) throw new Error(`took ${ms.toFixed(0)} ms`);
  } catch (error) {
    console.error(`mutation ${at} of ${victim.name} (--seed ${seed} --only ${at}):`, error);
    process.exit(1);
  }
}
for (const [verdict, times] of [...verdicts].sort((a, b) => b[1] - a[1])) console.log(`${String(times).padStart(8)} ${verdict}`);
console.log(`${count} mutations clean in ${((Date.now() - started) / 1000).toFixed(1)} s; slowest ${slowest.ms.toFixed(0)} ms (${slowest.at}), largest output ${largest} bytes`);
