// Does the simulated verifier agree with the running kernel?
//
//   node tools/kernel-diff.mjs [--show] [--program NAME] [--keep FOLDER] [FILE.o|FOLDER...]
//   node tools/kernel-diff.mjs [--record] FILE.case|FOLDER...
//   node tools/kernel-diff.mjs --generate [--area A,B] [--count N] [--seed N|any] [--index N] [--from N] [--level 0|1|2|4] [--most N] [--worst KIND,…] [--quiet] [--seconds N]
//   node tools/kernel-diff.mjs --mutate [--count N] [--seed N|any] [--index N] [--most N] [--seconds N] [--program NAME] [FILE.o|FILE.case|FOLDER...]
//   node tools/kernel-diff.mjs --recombine [--count N] [--seed N|any] [--index N] [--most N] [--seconds N] [--program PATH-PART] [FILE.case|FOLDER...]
//   node tools/kernel-diff.mjs --calls [--count N] [--seed N|any] [--index N] [--most N] [--seconds N]
//   node tools/kernel-diff.mjs --grow|--nest [--count N] [--seed N|any] [--index N] [--most N] [--seconds N]
//   node tools/kernel-diff.mjs --compile [--area FEATURE,…] [--size N] [--count N] [--seed N|any] [--index N] [--seconds N] [--show]
//   node tools/kernel-diff.mjs --summary [--count N] [--seed N]
//
// Loads programs in both, compares verdict, errno, log and statistics, prints a table: objects (all little-endian examples when no
// file is named; --keep writes logs that differ to a folder), case files (with the log's first difference), or random programs, of
// which those that differ are shrunk, shown, and written as case files to .cache/kernel-diff. --record: the kernel's answers go into
// the case files. --mutate: N mutants of each program (of all cases and examples when none is named), an instruction changed.
// --recombine: cases with lines changed, moved, or those of other cases among them; two programs in one; other types, flags, maps, prototypes. --calls: helpers and
// functions of the kernel with arguments of every kind, in regions and callbacks. --grow: programs to which a statement is added as long
// as the simulation accepts them: every helper and kernel function, four of five accepted. --nest: loops of all kinds, callbacks, functions
// and branches in each other. --compile: N objects of 8 random C programs each, feature by feature, as several versions of clang compile
// them; what differs stays in .cache/kernel-diff. With --size each is one large program of N blocks (0: of 4 to 160), as production code
// is; processed instructions, reasons and times are printed. --summary: cases and random programs of every area, the table for README.
// Needs root and bpf(2). Fails when the kernel rejects something that the simulation accepts, when the simulation throws, and, of 500
// programs or more, when the two agree less often than issue 5 asks (tools/kernel-diff/tally.mjs). --seed any: chosen by the clock, printed.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AREAS, compareGenerated } from './kernel-diff/generated.mjs';
import { compareCases, recordCases } from './kernel-diff/cases.mjs';
import { usageOf } from './lib/usage.mjs';
import { ROOT } from './lib/workspace.mjs';

const FLAGS = ['show', 'record', 'generate', 'quiet', 'mutate', 'recombine', 'calls', 'grow', 'nest', 'compile', 'summary', 'help'];
const VALUED = ['program', 'keep', 'area', 'count', 'seed', 'index', 'from', 'level', 'most', 'worst', 'seconds', 'size'];
const { values, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries([...FLAGS.map((name) => [name, { type: 'boolean' }]), ...VALUED.map((name) => [name, { type: 'string' }])]),
});
const flag = (name) => values[name] !== undefined;
const option = (name, fallback) => values[name] ?? fallback;
const number = (name, fallback) => (option(name) === undefined ? fallback : Number(option(name)));
const CASES = join(ROOT, 'packages/verifier-sim/test/cases');

function listFiles(path, ending) {
  if (!statSync(path).isDirectory()) return path.endsWith(ending) ? [path] : [];
  return readdirSync(path).sort().flatMap((name) => listFiles(join(path, name), ending));
}

function seed() {
  if (option('seed') !== 'any') return number('seed', 1);
  const chosen = Date.now() % 1_000_000;
  console.log(`seed ${chosen}`);
  return chosen;
}

async function mutated() {
  const { compareMutants } = await import('./kernel-diff/mutated.mjs');
  const { EXAMPLES } = await import('./kernel-diff/objects.mjs');
  const given = paths.length > 0 ? paths : [CASES, ...EXAMPLES];
  return compareMutants({
    cases: given.flatMap((path) => listFiles(path, '.case')),
    objects: given.flatMap((path) => listFiles(path, '.o')).filter((path) => !path.endsWith('.bpfeb.o')),
    count: number('count', 20),
    seed: seed(),
    most: number('most', 20),
    seconds: number('seconds', undefined),
    only: number('index', undefined),
    wanted: option('program'),
  });
}

async function recombined() {
  const { compareRecombined } = await import('./kernel-diff/recombined.mjs');
  return compareRecombined({
    cases: (paths.length > 0 ? paths : [CASES]).flatMap((path) => listFiles(path, '.case')),
    count: number('count', 1),
    seed: seed(),
    most: number('most', 20),
    seconds: number('seconds', undefined),
    only: number('index', undefined),
    wanted: option('program'),
  });
}

function generated(more = {}) {
  return compareGenerated({
    areas: option('area', 'all') === 'all' ? Object.keys(AREAS) : option('area').split(','),
    count: number('count', 1000),
    seed: seed(),
    level: number('level', 2),
    most: number('most', 5),
    only: number('index', undefined),
    from: number('from', 0),
    worst: option('worst', '').split(',').filter((word) => word !== ''),
    quiet: flag('quiet'),
    seconds: number('seconds', undefined),
    ...more,
  });
}

async function called(more = {}) {
  const { compareCalled } = await import('./kernel-diff/called.mjs');
  return compareCalled({ count: number('count', 1000), seed: seed(), most: number('most', 20), seconds: number('seconds', undefined), only: number('index', undefined), ...more });
}

/** The comment at the top of this file. */
async function run() {
  if (flag('help')) {
    console.log(usageOf(import.meta.url));
    return [];
  }
  const cases = paths.flatMap((path) => listFiles(path, '.case'));
  if (flag('mutate')) return [await mutated()];
  if (flag('recombine')) return [await recombined()];
  if (flag('generate')) return [generated()];
  if (flag('calls')) return [await called()];
  if (flag('grow')) {
    const { growProgram, noteGrown, describeAccepted } = await import('./kernel-diff/grown-program.mjs');
    const tally = await called({ write: growProgram, note: noteGrown });
    console.log(describeAccepted());
    return [tally];
  }
  if (flag('nest')) return [await called({ write: (await import('./kernel-diff/nested-program.mjs')).nestProgram })];
  if (flag('compile')) {
    const { compareCompiled } = await import('./kernel-diff/compile/compiled.mjs');
    return [compareCompiled({ count: number('count', 20), seed: seed(), seconds: number('seconds', undefined), only: number('index', undefined), show: flag('show'), names: option('area')?.split(','), size: number('size', undefined) })];
  }
  if (flag('summary')) return [compareCases(listFiles(CASES, '.case'), { quiet: true }), generated({ quiet: true })];
  if (flag('record')) recordCases(cases);
  if (cases.length > 0) return [compareCases(cases, { quiet: flag('quiet') })];
  const { compareObjects } = await import('./kernel-diff/objects.mjs');
  return [compareObjects(paths, { show: flag('show'), wanted: option('program'), keep: option('keep') })];
}

const started = Date.now();
for (const tally of await run()) {
  console.log(`\n${tally.table()}`);
  console.log(`${tally.total().programs} programs in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  for (const failure of tally.failures()) {
    console.log(`too often different: ${failure}`);
    process.exitCode = 1;
  }
}
