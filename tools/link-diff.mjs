// Does rootlet link what libbpf links, to the same effect?
//
//   node tools/link-diff.mjs [--show] [CASE...]     compares live: verdict, symbols, sections, relocations, types, results in Linux
//   node tools/link-diff.mjs --record               writes what libbpf says to packages/reloc/test/fixtures/matrix, for npm test
//   node tools/link-diff.mjs --build                compiles the objects there again
//
// Every case is linked by rootlet, by the newest bpftool of Debian and by the installed one; what comes out is loaded into the
// running kernel through libbpf and its programs are test-run. Nothing is attached or pinned. Fails when rootlet refuses what libbpf
// links, links to something else, when its programs return something else, or when llvm-readelf, readelf, llvm-objdump or bpftool
// complain about what it wrote.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeBpf } from './lib/bpf-probe.mjs';
import { Checks } from './lib/checks.mjs';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { ROOT } from './lib/workspace.mjs';
import { buildObjects, readExpected } from './link-diff/build.mjs';
import { allCases, pairCases, variantCases } from './link-diff/cases.mjs';
import { buildRunner, findLinkers, linkAll } from './link-diff/peers.mjs';
import { findReaders, readWith } from './link-diff/readers.mjs';

const FIXTURES = join(ROOT, 'packages/reloc/test/fixtures/matrix');
const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['show', 'record', 'build']);
const named = args.filter((arg) => !arg.startsWith('--'));
const started = Date.now();

if (args.includes('--build')) buildObjects(FIXTURES);
const cases = [...allCases(), ...variantCases(), ...pairCases()].filter(({ name }) => named.length === 0 || named.includes(name));
const { linkCase, compared, fingerprint } = await importTs('packages/reloc/test/matrix.ts');
const { summarize } = await importTs('packages/reloc/test/summary.ts');
const checks = new Checks('link-diff');
const bpf = probeBpf();
const obstacle = peersObstacle() ?? (bpf.works ? undefined : bpf.reason);
if (obstacle !== undefined) {
  checks.skip('comparison with libbpf', obstacle);
  checks.end();
}
const linkers = findLinkers();

const folder = mkdtempSync(join(tmpdir(), 'link-diff-'));
try {
  await compare();
} finally {
  rmSync(folder, { recursive: true });
}
checks.end();

async function compare() {
  const out = (key, at) => join(folder, `${at}.${key}.o`);
  const refused = {};
  for (const linker of linkers) {
    const jobs = cases.map(({ objects }, at) => ({ out: out(linker.key, at), inputs: objects.map((name) => join(FIXTURES, `${name}.o`)) }));
    refused[linker.key] = await linkAll(linker, jobs);
  }
  refused.own = cases.map(({ objects }, at) => linkOwn(objects, out('own', at)));
  const keys = ['own', ...linkers.map(({ key }) => key)];
  const run = buildRunner(folder);
  // A big-endian object can be linked here, not loaded.
  const loadable = (at) => !cases[at].objects.some((name) => name.endsWith('.be'));
  const runs = run(keys.flatMap((key) => cases.flatMap((_, at) => (refused[key][at] === undefined && loadable(at) ? [out(key, at)] : []))));
  const resultOf = (key, at) => {
    const found = runs.get(out(key, at));
    return found === undefined ? undefined : found.load === 'ok' ? found.results : found.load;
  };
  const sumOf = (key, at) => (refused[key][at] === undefined ? fingerprint(readBytes(out(key, at)), cases[at]) : undefined);

  const tally = { 'the same': 0, 'refused by both': 0, 'only rootlet links it right': 0, 'only rootlet makes something that loads': 0 };
  const problems = [];
  const recorded = {};
  cases.forEach((item, at) => {
    const entry = { objects: item.objects, ...(item.roles === undefined ? {} : { roles: item.roles, kind: item.kind }) };
    const result = resultOf('own', at);
    if (refused.new[at] !== undefined) entry.refused = refused.new[at];
    else entry.sum = sumOf('new', at);
    if (result !== undefined) entry.run = result;
    for (const { key } of linkers) {
      const theirs = resultOf(key, at);
      const problem = judge(key, at, theirs, result, entry);
      if (problem !== undefined) problems.push(`${item.name}: ${key === 'new' ? linkers[0].version : linkers.at(-1).version}: ${problem}`);
      if (problem !== undefined && args.includes('--show')) show(out(key, at), out('own', at), item, refused[key][at], refused.own[at]);
    }
    recorded[item.name] = entry;
  });

  function judge(key, at, theirs, result, entry) {
    const counts = key === 'new';
    const count = (what) => void (counts && tally[what]++);
    const [theirRefusal, ownRefusal] = [refused[key][at], refused.own[at]];
    if (theirRefusal !== undefined) return void count(ownRefusal === undefined ? 'only rootlet links it right' : 'refused by both');
    if (ownRefusal !== undefined) return `rootlet refuses it: ${ownRefusal}`;
    if (sumOf(key, at) !== sumOf('own', at)) return 'linked to something else';
    if (theirs === result) return void count('the same');
    if (theirs?.includes('=') === true) return `results differ: ${theirs} against ${result}`;
    if (result?.includes('=') !== true) return `fails otherwise: ${theirs} against ${result}`;
    if (counts) entry.broken = theirs;
    return void count('only rootlet makes something that loads');
  }

  const readers = findReaders();
  // One object of each sort: what differs among the orders of one name is no matter of the file's format.
  const complaints = cases.flatMap(({ name, objects }, at) =>
    refused.own[at] === undefined && (objects.length === 2 || named.length > 0) ? readWith(readers, out('own', at)).map((line) => `${name}: ${line}`) : [],
  );
  const width = Math.max(...Object.keys(tally).map((what) => what.length));
  console.log(linkers.map(({ version }) => version).join('; '));
  for (const [what, count] of Object.entries(tally)) console.log(`${what.padEnd(width)} ${count}`);
  for (const problem of problems.slice(0, 40)) console.log(problem);
  console.log(`${cases.length} cases, ${problems.length} differ; ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const all = `${cases.length} cases`;
  if (problems.length > 0) checks.fail(all, `${problems.length} differ`);
  else checks.pass(all, `${linkers.length} linkers agree, or are known to err`);
  if (complaints.length > 0) checks.fail('other tools', complaints.slice(0, 10).join('\n'));
  else if (readers.length === 0) checks.skip('other tools', 'no llvm-readelf-19, readelf, llvm-objdump-19, bpftool here');
  else checks.pass('other tools', readers.map(([command]) => command).join(', '));
  if (args.includes('--record')) record(recorded);
  else if (named.length === 0) checkRecorded(recorded);
}

function linkOwn(objects, path) {
  try {
    writeFileSync(path, linkCase(objects, FIXTURES));
    return undefined;
  } catch (error) {
    if (error.code === undefined) throw error;
    return `${error.code}: ${error.message}`;
  }
}

function readBytes(path) {
  return new Uint8Array(readFileSync(path));
}

/** Prints what two outputs say otherwise. */
function show(theirPath, ownPath, item, ...refusals) {
  if (refusals.some((why) => why !== undefined)) return;
  const [theirs, own] = [theirPath, ownPath].map((path) => compared(summarize(readBytes(path)), item));
  for (const [what, lines] of Object.entries(theirs)) {
    const [a, b] = [lines, own[what]].map((list) => (Array.isArray(list) ? list : Object.entries(list).map((pair) => pair.join(' '))));
    for (const line of a) if (!b.includes(line)) console.log(`  ${item.name} ${what} - ${line}`);
    for (const line of b) if (!a.includes(line)) console.log(`  ${item.name} ${what} + ${line}`);
  }
}

function record(recorded) {
  const file = join(FIXTURES, 'expected.json');
  const lines = Object.entries(recorded).map(([name, entry]) => `  ${JSON.stringify(name)}: ${JSON.stringify(entry)}`);
  writeFileSync(file, `{\n "linker": ${JSON.stringify(linkers[0].version)},\n "cases": {\n${lines.join(',\n')}\n }\n}\n`);
  console.log(`${lines.length} cases recorded`);
}

/** The newest libbpf may have changed its mind. */
function checkRecorded(recorded) {
  const { linker, cases: before } = readExpected(FIXTURES);
  const changed = Object.keys(recorded).filter((name) => JSON.stringify(recorded[name]) !== JSON.stringify(before[name]));
  if (changed.length === 0) checks.pass('recorded answers');
  else checks.fail('recorded answers', `${changed.length} are not as recorded with ${linker}, e.g. ${changed.slice(0, 5).join(', ')}: see --record`);
}
