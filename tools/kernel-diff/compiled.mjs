// Do the kernel and the simulation agree on what a compiler makes of random C?
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLANG } from '../fixtures/variants.mjs';
import { CACHE, ROOT } from '../lib/workspace.mjs';
import { cSource } from './c-source.mjs';
import { compareObjects } from './objects.mjs';

const FOLDER = join(CACHE, 'kernel-diff', 'c');
/** Programs in one file: compiling is what takes the time. */
const PROGRAMS = 8;
const OPTIMIZATIONS = ['-O2', '-O1', '-O2', '-Os'];
const CPUS = ['v3', 'v4', 'v2'];

/** Compares `count` objects; what differs stays in .cache/kernel-diff/c, with its source. @returns {import('./tally.mjs').Tally} */
export function compareCompiled({ count, seed, seconds, only, show }) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const objects = [];
  for (let index = only ?? 0; index < (only === undefined ? count : only + 1) && Date.now() < until; index++) {
    const object = compile(seed, index);
    if (object !== undefined) objects.push(object);
  }
  return compareObjects(objects, { show });
}

/** @returns {string | undefined} path of the object; undefined when its stack is too large, which the compiler sees */
function compile(seed, index) {
  const path = join(FOLDER, `${seed}-${index}`);
  writeFileSync(`${path}.c`, cSource(seed, index, PROGRAMS));
  const flags = [OPTIMIZATIONS[index % OPTIMIZATIONS.length], `-mcpu=${CPUS[index % CPUS.length]}`, '-g', '-w', '--target=bpfel'];
  const include = ['-I', join(ROOT, 'docs/examples/include'), '-idirafter', '/usr/include/x86_64-linux-gnu'];
  const { error, status, stderr } = spawnSync(CLANG, [...flags, ...include, '-c', `${path}.c`, '-o', `${path}.o`], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status === 0) return `${path}.o`;
  if (!stderr.includes('stack limit')) throw new Error(`${path}.c: ${stderr.split('\n').find((line) => line.includes('error')) ?? stderr}`);
  return undefined;
}
