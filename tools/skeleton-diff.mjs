#!/usr/bin/env node
// Do skeletons have the maps, programs, links, tables and variables that bpftool's have?
//
//   node tools/skeleton-diff.mjs            compares over every object of docs/examples whose skeleton bpftool can write; fails when they differ
//   node tools/skeleton-diff.mjs --record   writes bpftool's answers to packages/cli/test/fixtures/skeletons.json, which npm test replays
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';

const NAME = 'skel';
const FIXTURE = join(ROOT, 'packages/cli/test/fixtures/skeletons.json');

const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.error(obstacle);
  process.exit(1);
}
const { listsOfHeader, listsOfObject } = await importTs('packages/cli/test/skeleton-answers.ts');
const peers = getPeers();
const files = listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o')).sort();
const answers = files.map((file) => {
  const header = ask(file);
  const name = shortPath(file).replace(/^docs\/examples\//, '');
  const lists = header === undefined ? undefined : listsOfHeader(header, NAME);
  return lists === undefined || new Set(lists.maps).size < lists.maps.length ? { file: name } : { file: name, lists };
});
if (process.argv[2] === '--record') {
  writeFileSync(FIXTURE, `{ "bpftool": ${JSON.stringify(peers.versions.bpftool)}, "objects": [\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n')}\n] }\n`);
  console.log(`${answers.length} answers written`);
} else {
  const asked = answers.filter(({ lists }) => lists !== undefined);
  const problems = asked.filter(({ file, lists }) => JSON.stringify(listsOfObject(new Uint8Array(readFileSync(join(ROOT, 'docs/examples', file))))) !== JSON.stringify(lists));
  for (const { file, lists } of problems) {
    console.error(`${file}:\n  bpftool ${JSON.stringify(lists)}\n  rootlet ${JSON.stringify(listsOfObject(new Uint8Array(readFileSync(join(ROOT, 'docs/examples', file)))))}`);
  }
  console.log(`${asked.length} objects of ${files.length} that bpftool ${peers.versions.bpftool} has skeletons for: ${problems.length} differences`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** The header; undefined where bpftool does not open the object. */
function ask(file) {
  const [command, ...first] = peers.bpftool;
  const { status, stdout, error } = spawnSync(command, [...first, 'gen', 'skeleton', file, 'name', NAME], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  return status === 0 ? stdout : undefined;
}
