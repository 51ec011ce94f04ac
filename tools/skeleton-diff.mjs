#!/usr/bin/env node
// Do skeletons and subskeletons have the maps, programs, links, tables and variables that bpftool's have?
//
//   node tools/skeleton-diff.mjs            compares over every object of docs/examples whose skeleton bpftool can write; fails when they differ
//   node tools/skeleton-diff.mjs --record   writes bpftool's answers to packages/cli/test/fixtures/skeletons.json, which npm test replays
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';

const NAME = 'skel';
const FIXTURE = join(ROOT, 'packages/cli/test/fixtures/skeletons.json');

const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['record']);
const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.error(obstacle);
  process.exit(1);
}
const { listsOfHeader, listsOfObject } = await importTs('packages/cli/test/skeleton-answers.ts');
const peers = getPeers();
const files = listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o')).sort();
const answers = files.map((file) => {
  const name = shortPath(file).replace(/^docs\/examples\//, '');
  const lists = ask('skeleton', file);
  return lists === undefined ? { file: name } : { file: name, lists };
});
if (args.includes('--record')) {
  writeFileSync(FIXTURE, `{ "bpftool": ${JSON.stringify(peers.versions.bpftool)}, "objects": [\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n')}\n] }\n`);
  console.log(`${answers.length} answers written`);
} else {
  const problems = [];
  let [skeletons, subskeletons] = [0, 0];
  answers.forEach(({ file, lists }, idx) => {
    if (lists === undefined) return;
    const ours = listsOfObject(new Uint8Array(readFileSync(files[idx])));
    skeletons++;
    compare(`${file}: skeleton`, lists, ours);
    const sub = ask('subskeleton', files[idx]);
    if (sub === undefined) return;
    subskeletons++;
    compare(`${file}: subskeleton`, withoutLinks(sub), withoutLinks(ours));
  });
  for (const problem of problems) console.error(problem);
  console.log(`${files.length} objects, bpftool ${peers.versions.bpftool}: ${skeletons} skeletons, ${subskeletons} subskeletons, ${problems.length} differences`);
  process.exitCode = problems.length > 0 ? 1 : 0;

  function compare(what, theirs, own) {
    const [a, b] = [theirs, own].map((each) => JSON.stringify(each));
    if (a !== b) problems.push(`${what}:\n  bpftool ${a}\n  rootlet ${b}`);
  }
}

/** Subskeletons have no links, and say nothing of sizes. */
function withoutLinks({ maps, progs, structOps, vars }) {
  return { maps, progs, structOps, vars: Object.entries(vars).map(([section, list]) => [section, list.map(([name]) => name)]) };
}

/** What bpftool's header has; undefined where bpftool writes none, or one that no C compiler takes. */
function ask(kind, file) {
  const [command, ...first] = peers.bpftool;
  const { status, stdout, error } = spawnSync(command, [...first, 'gen', kind, file, 'name', NAME], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  const lists = status === 0 && stdout !== '' ? listsOfHeader(stdout, NAME) : undefined;
  return lists === undefined || new Set(lists.maps).size < lists.maps.length ? undefined : lists;
}
