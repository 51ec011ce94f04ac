// Do the kernel and the simulation agree on what compilers make of random C?
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLANG } from '../../fixtures/variants.mjs';
import { CACHE, ROOT } from '../../lib/workspace.mjs';
import { compareObjects } from '../objects.mjs';
import { Tally } from '../tally.mjs';
import { Sizes } from './large/sizes.mjs';
import { largeSource } from './large/source.mjs';
import { cSource } from './source.mjs';

const FOLDER = join(CACHE, 'kernel-diff');
/** Programs in one file: compiling is what takes the time. */
const PROGRAMS = 8;
const OPTIMIZATIONS = ['-O2', '-O1', '-O2', '-Os', '-O2'];
const SIGNED_DIVISION = /signed division|Cannot select: .* = s(div|rem)/;
/** What each compiler may make code for; older ones leave out what newer ones do. */
const COMPILERS = [
  { name: CLANG, cpus: ['v3', 'v4', 'v2'] },
  { name: 'clang-22', cpus: ['v4', 'v3', 'v4'] },
  { name: CLANG, cpus: ['v4', 'v3', 'v1'] },
  { name: 'clang-16', cpus: ['v3', 'v2'] },
  { name: 'clang-14', cpus: ['v2', 'v3'] },
].filter(({ name }) => name === CLANG || existsSync(`/usr/bin/${name}`));

/** Compares `count` objects; what differs stays in .cache/kernel-diff/c-PID, with its source. @returns {import('../tally.mjs').Tally} */
export function compareCompiled({ count, seed, seconds, only, show, names, size }) {
  const folder = join(FOLDER, `c-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const tally = new Tally();
  const sizes = new Sizes();
  for (let index = only ?? 0; index < (only === undefined ? count : only + 1) && Date.now() < until; index++) {
    const made = compile(folder, seed, index, names, size);
    if (made === undefined) continue;
    let same = true;
    compareObjects([made.object], { show, tally, area: made.area, onDifferent: () => (same = false), onRow: (row) => sizes.add(row, `${seed}-${index}`) });
    if (same && only === undefined) for (const ending of ['c', 'o']) rmSync(`${made.path}.${ending}`);
  }
  if (size !== undefined) console.log(sizes.text());
  return tally;
}

/** @returns {{ path: string, object: string, area: string } | undefined} undefined when its stack is too large, or a loop becomes a call of memcpy, which the compiler sees */
function compile(folder, seed, index, names, size) {
  const path = join(folder, `${seed}-${index}`);
  const { area, text, newCompiler } = size === undefined ? cSource(seed, index, PROGRAMS, names) : largeSource(seed, index, size);
  writeFileSync(`${path}.c`, text);
  const turn = Math.floor(index / 3) + index;
  const compiler = COMPILERS[newCompiler ? turn % 3 : turn % COMPILERS.length];
  const cpu = compiler.cpus[Math.floor(turn / COMPILERS.length) % compiler.cpus.length];
  const optimization = OPTIMIZATIONS[index % OPTIMIZATIONS.length];
  let { status, stderr } = run(path, compiler.name, [optimization, `-mcpu=${cpu}`, ...(size === undefined ? [] : ['-fno-jump-tables'])]);
  // Only v4 has a signed division.
  if (status !== 0 && SIGNED_DIVISION.test(stderr)) ({ status, stderr } = run(path, CLANG, [optimization, '-mcpu=v4']));
  if (status === 0) return { path, object: `${path}.o`, area };
  rmSync(`${path}.o`, { force: true });
  if (!/stack limit|built-in function 'mem/.test(stderr)) throw new Error(`${path}.c (${compiler.name} ${optimization} ${cpu}): ${stderr.split('\n').find((line) => line.includes('error')) ?? stderr}`);
  rmSync(`${path}.c`);
  return undefined;
}

function run(path, compiler, flags) {
  const include = ['-I', join(ROOT, 'docs/examples/include'), '-idirafter', '/usr/include/x86_64-linux-gnu'];
  const result = spawnSync(compiler, [...flags, '-g', '-w', '--target=bpfel', ...include, '-c', `${path}.c`, '-o', `${path}.o`], { encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  return result;
}
