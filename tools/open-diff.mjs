#!/usr/bin/env node
// Does rootlet open what libbpf opens, with the same programs, maps and bytes?
//
//   node tools/open-diff.mjs               compares over every object of docs/examples; fails when they differ
//   node tools/open-diff.mjs FILE...       compares over these
//   node tools/open-diff.mjs --record      writes libbpf's answers to packages/loader/test/fixtures/objects.json, which npm test replays
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';
import { askProbe, buildProbe } from './open-diff/peer.mjs';

const { compareObject, describeObject, digest } = await importTs('packages/loader/test/open-answers.ts');
const STRUCT_OPS = 26;
const FIXTURE = join(ROOT, 'packages/loader/test/fixtures/objects.json');

const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['record']);
const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.error(obstacle);
  process.exit(1);
}
const probe = buildProbe();
const recording = args[0] === '--record';
const files = recording || args.length === 0 ? listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o')) : args;
const answers = askProbe(probe, ['open', ...files.map((file) => `${objectName(file)}=${file}`)]).map((answer, idx) => tidy(answer, files[idx]));
if (recording) {
  writeFileSync(FIXTURE, `{ "libbpf": ${JSON.stringify(probe.version)}, "objects": [\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n')}\n] }\n`);
  console.log(`${answers.length} answers written`);
} else {
  const problems = answers.flatMap((answer, idx) => {
    const found = compareObject(describeObject(answer.object, new Uint8Array(readFileSync(files[idx]))), answer);
    return found.map((problem) => `${shortPath(files[idx])}: ${problem}`);
  });
  for (const problem of problems) console.error(problem);
  console.log(`${files.length} objects, libbpf ${probe.version}: ${problems.length} differences`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Name by which libbpf would know the file. */
function objectName(file) {
  return basename(file).split('.')[0];
}

/** What is compared of the probe's answer, bytes as their hash. */
function tidy({ object, error, programs, maps }, file) {
  const path = shortPath(file).replace(/^docs\/examples\//, '');
  if (error !== undefined) return { file: path, object, error };
  return { file: path, object, programs: programs.map(({ flags: _, autoattach: __, insns, ...rest }) => ({ ...rest, insns: digest(insns) })), maps: maps.map(tidyMap) };
}

function tidyMap({ initial: bytes, inner, ...rest }) {
  const initial = rest.type === STRUCT_OPS ? withoutPointers(bytes) : bytes;
  return { ...rest, initial: initial === null ? null : digest(initial), inner: inner === null ? null : tidyMap(inner) };
}

/** A table of functions holds addresses of libbpf's own; they are zeros in the object. */
function withoutPointers(hex) {
  return hex.replaceAll(/.{16}/g, (word) => (/^.{10}(5[5-6]|7[ef])0000$/.test(word) ? '0'.repeat(16) : word));
}
