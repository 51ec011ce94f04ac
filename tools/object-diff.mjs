#!/usr/bin/env node
// Does rootlet open, load and link random objects as libbpf does?
//
//   node tools/object-diff.mjs [--count N] [--seed N|any] [--index N]     N projects (200) of 1 to 3 C files each; only the one with an index
//
// Each file is compiled by one of the compilers that are there, opened and loaded by both into a kernel that says yes to everything
// (tools/open-diff.mjs, tools/load-diff.mjs); files of one project are linked by both, and what comes out is compared as in
// tools/link-diff.mjs. Sources and objects are left in .cache/object-diff. What docs/known-differences.md says is not generated.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLANG, CLANG_WITH_JUMP_TABLES } from './fixtures/variants.mjs';
import { Random } from './lib/random.mjs';
import { Checks } from './lib/checks.mjs';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { CACHE, ROOT } from './lib/workspace.mjs';
import { findLinkers, linkAll } from './link-diff/peers.mjs';
import { ProjectWriter } from './object-diff/source.mjs';

/** In the names of big-endian objects, which no kernel here loads. */
const BIG = '.bpfeb';

const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['count', 'seed', 'index']);
const option = (name, fallback) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : fallback);
const seed = option('seed', '1') === 'any' ? Date.now() % 1e9 : Number(option('seed', '1'));
const only = option('index') === undefined ? undefined : Number(option('index'));
const indices = only === undefined ? Array.from({ length: Number(option('count', '200')) }, (_, index) => index) : [only];

const checks = new Checks('object-diff');
const compilers = [CLANG, 'clang-16', CLANG_WITH_JUMP_TABLES].filter((name) => spawnSync(name, ['--version']).status === 0);
const obstacle = peersObstacle() ?? (compilers.length === 0 ? `no ${CLANG} here` : undefined);
if (obstacle !== undefined) {
  checks.skip('comparison with libbpf', obstacle);
  checks.end();
}
const folder = join(CACHE, 'object-diff');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { compared, linkObjects, summarize } = await importTs('tools/object-diff/packages.mjs');
const [linker] = findLinkers();

const projects = indices.map(compileProject).filter((project) => project !== undefined);
const objects = projects.flatMap((project) => project.objects);
console.log(`seed ${seed}: ${projects.length} projects, ${objects.length} objects, ${compilers.join(', ')}`);
const linked = await linkProjects();
const all = [...objects, ...linked];
for (const [tool, files] of [['open-diff', all], ['load-diff', all.filter((path) => !path.includes(BIG))]]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, `tools/${tool}.mjs`), ...files], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const sum = /\d+ objects, libbpf .*$/m.exec(stdout)?.[0] ?? stdout;
  if (status === 0) checks.pass(tool, sum);
  else checks.fail(tool, `${sum}\n${stderr}`);
}
checks.end();

/** @returns undefined when its compiler does not take it */
function compileProject(index) {
  const random = new Random(seed, index);
  const sources = new ProjectWriter(random).write();
  const compiler = random.pick(compilers);
  const cpu = random.pick(compiler === 'clang-16' ? ['v2', 'v3'] : ['v1', 'v2', 'v3', 'v4']);
  const isBig = random.chance(15);
  const flags = [random.pick(['-O2', '-O1', '-Os', '-O2']), `-mcpu=${cpu}`, ...(random.chance(4) && !sources.some((text) => text.includes('__builtin_preserve')) ? [] : ['-g']), '-w', `--target=${isBig ? 'bpfeb' : 'bpfel'}`];
  const paths = sources.map((text, at) => compile(compiler, flags, join(folder, `p${index}_${at}${isBig ? BIG : ''}`), text));
  return paths.includes(undefined) ? undefined : { index, objects: paths };
}

function compile(compiler, flags, path, text) {
  writeFileSync(`${path}.c`, text);
  const include = ['-idirafter', '/usr/include/x86_64-linux-gnu'];
  const { status, stderr } = spawnSync(compiler, [...flags, ...include, '-c', `${path}.c`, '-o', `${path}.o`], { encoding: 'utf8' });
  if (status === 0) return `${path}.o`;
  console.log(`${path}.c: ${compiler}: ${stderr.split('\n').find((line) => line.includes('error')) ?? stderr.slice(0, 300)}`);
  return undefined;
}

/** @returns {Promise<string[]>} what rootlet linked */
async function linkProjects() {
  const many = projects.filter(({ objects }) => objects.length > 1);
  const outputs = many.map(({ index, objects: [first] }) => {
    const base = join(folder, `p${index}${first.includes(BIG) ? BIG : ''}`);
    return { theirs: `${base}.libbpf.o`, own: `${base}.o` };
  });
  const refused = await linkAll(linker, many.map(({ objects }, at) => ({ out: outputs[at].theirs, inputs: objects })));
  const done = [];
  const tally = { 'the same': 0, 'refused by both': 0, 'only rootlet links': 0 };
  const problems = [];
  many.forEach(({ index, objects }, at) => {
    let problem;
    try {
      writeFileSync(outputs[at].own, linkObjects(objects.map((path) => ({ name: path.slice(folder.length + 1), bytes: new Uint8Array(readFileSync(path)) }))));
    } catch (error) {
      if (error.code === undefined) throw error;
      problem = error.message;
    }
    if (problem !== undefined) return void (refused[at] === undefined ? problems.push(`p${index}: rootlet refuses it: ${problem}`) : tally['refused by both']++);
    done.push(outputs[at].own);
    if (refused[at] !== undefined) return void tally['only rootlet links']++;
    const [theirs, own] = [outputs[at].theirs, outputs[at].own].map((path) => compared(summarize(new Uint8Array(readFileSync(path))), {}));
    const lines = difference(theirs, own);
    if (lines.length === 0) tally['the same']++;
    else problems.push(`p${index}: linked to something else:\n${lines.slice(0, 12).join('\n')}`);
  });
  const sum = `${linker.version}: ${Object.entries(tally).map(([what, times]) => `${times} ${what}`).join(', ')}`;
  if (problems.length === 0) checks.pass('linking', sum);
  else checks.fail('linking', `${sum}\n${problems.join('\n')}`);
  return done;
}

/** Lines that only one of two summaries has. */
function difference(theirs, own) {
  return Object.entries(theirs).flatMap(([what, list]) => {
    const [a, b] = [list, own[what]].map((one) => (Array.isArray(one) ? one : Object.entries(one).map((pair) => pair.join(' '))));
    return [...a.filter((line) => !b.includes(line)).map((line) => `  ${what} - ${line}`), ...b.filter((line) => !a.includes(line)).map((line) => `  ${what} + ${line}`)];
  });
}
