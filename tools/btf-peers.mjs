// Does libbpf do the same with BTF: distil a base, relocate, permute, build, swap .BTF.ext, read ELF files?
//
//   node tools/btf-peers.mjs                        asks the newest libbpf and compares; also what is random, COUNT of each
//   node tools/btf-peers.mjs --count 5000           more of what is random
//   node tools/btf-peers.mjs --write                keeps its answers in packages/btf/test/peer-answers.json, for tests without it
//   node tools/btf-peers.mjs --modules FOLDER --vmlinux FILE   kernel modules (*.ko, or .ko.xz with xz) too, up to COUNT
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks } from './lib/checks.mjs';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle, runBpftool } from './lib/peers.mjs';
import { ROOT } from './lib/workspace.mjs';

const option = (name, fallback) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : fallback);
const write = process.argv.includes('--write');
const count = Number(option('--count', '400'));
const ANSWERS = join(ROOT, 'packages/btf/test/peer-answers.json');
/** A probe that does not come back is one that libbpf holds in a loop. */
const TIMEOUT_MS = 120_000;

const checks = new Checks('btf-peers');
const obstacle = peersObstacle();
if (obstacle !== undefined) {
  checks.skip('comparisons with libbpf', obstacle);
  checks.end();
}
const ours = await importTs('packages/btf/test/peer-cases.ts');
const peers = getPeers();
const folder = mkdtempSync(join(tmpdir(), 'rootlet-btf-peers-'));
const program = join(folder, 'probe');
let files = 0;
try {
  peers.compile(join(ROOT, 'tools/btf/peer-probe.c'), program);
  await compareAll();
} finally {
  rmSync(folder, { recursive: true });
}
checks.end();

async function compareAll() {
  const answers = { libbpf: peers.versions.libbpf1, ...askDistill(ours.distillCases()), ...askRelocate(ours.relocateCases()), ...askBuild(), ...askPermute(), ...askExt() };
  if (write) writeFileSync(ANSWERS, `${JSON.stringify(answers, undefined, 1)}\n`);
  const kept = JSON.parse(readFileSync(ANSWERS, 'utf8'));
  for (const key of Object.keys(answers)) {
    if (key === 'libbpf') continue;
    await checks.run(`${key}: as kept in peer-answers.json`, () => equal(JSON.stringify(kept[key]), JSON.stringify(answers[key])) ?? `libbpf ${answers.libbpf}`);
  }

  const splits = Array.from({ length: count }, (_, seed) => ({ name: `seed ${seed}`, split: ours.randomSplit(seed) }));
  await checks.run(`${count} random distillations`, () => {
    const { distill } = askDistill(splits);
    return compareEach(splits, distill, ({ split }) => both(ours.distillBase(split)));
  });
  const cases = splits.flatMap(({ name, split }, seed) => {
    const { base, split: own } = attempt(() => ours.distillBase(split)) ?? {};
    return base === undefined ? [] : [{ name, old: base, split: own, newBase: ours.randomBase(split.base, seed) }];
  });
  await checks.run(`${cases.length} random relocations`, () => {
    const { relocate } = askRelocate(cases);
    return compareEach(cases, relocate, ({ split, newBase }) => text(ours.relocateBtf(split, newBase).btf.bytes));
  });
  await checks.run('sizes and alignments, with pointers of 4 and 8 bytes', compareSizes);
  await checks.run('bpftool reads kind layouts', readLayouts);
  const modules = option('--modules');
  if (modules !== undefined) await checks.run('kernel modules', () => compareModules(modules, option('--vmlinux')));
}

/** Asks the probe; each request is a function from a file to write to a line, its answer `error N` or what `read` makes of the files. */
function ask(requests) {
  const lines = requests.map(({ line }) => line);
  const [command, ...first] = peers.command(program);
  const run = spawnSync(command, first, { input: `${lines.join('\n')}\n`, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 1 << 28 });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`the probe ended with status ${run.status}: ${run.stderr}`);
  const answers = run.stdout.trim().split('\n');
  if (answers.length !== lines.length) throw new Error(`${lines.length} questions, ${answers.length} answers`);
  return answers.map((answer, i) => (answer.startsWith('ok') && requests[i].read !== undefined ? requests[i].read() : answer));
}

function newFile(bytes) {
  const path = join(folder, String(files++));
  if (bytes !== undefined) writeFileSync(path, bytes);
  return path;
}

function text(bytes) {
  return Buffer.from(bytes).toString('base64');
}

function both({ base, split }) {
  return `${text(base.bytes)} ${text(split.bytes)}`;
}

function byName(cases, answers) {
  return Object.fromEntries(cases.map(({ name }, i) => [name, answers[i]]));
}

function askDistill(cases) {
  const requests = cases.map(({ split }) => {
    const [base, own] = [newFile(), newFile()];
    return { line: `distill ${newFile(split.base.bytes)} ${newFile(split.bytes)} ${base} ${own}`, read: () => `${text(readFileSync(base))} ${text(readFileSync(own))}` };
  });
  return { distill: byName(cases, ask(requests)) };
}

function askRelocate(cases) {
  const requests = cases.map(({ old, split, newBase }) => {
    const out = newFile();
    return { line: `relocate ${newFile(old.bytes)} ${newFile(split.bytes)} ${newFile(newBase.bytes)} ${out}`, read: () => text(readFileSync(out)) };
  });
  return { relocate: byName(cases, ask(requests)) };
}

function askBuild() {
  const out = newFile();
  const build = (order) => ask([{ line: 'new -' }, ...ours.BUILD_STEPS.map(([line]) => ({ line })), { line: `end ${out} ${order}`, read: () => text(readFileSync(out)) }]);
  const little = build('little');
  return { steps: little.slice(1, -1), little: little.at(-1), big: build('big').at(-1) };
}

/** A fixture with its types in the opposite order. */
function askPermute() {
  const fixtures = join(ROOT, 'packages/btf/test/fixtures');
  const names = ['core', 'kinds', 'main_prog'];
  const requests = names.map((name) => {
    const bytes = new Uint8Array(readFileSync(join(fixtures, `${name}.el.btf`)));
    const { typeCount } = ours.parseBtf(bytes);
    const map = Uint32Array.from({ length: typeCount }, (_, id) => (id === 0 ? 0 : typeCount - id));
    const [out, outExt] = [newFile(), newFile()];
    const line = `permute - ${newFile(bytes)} ${newFile(new Uint8Array(map.buffer))} ${out} ${join(fixtures, `${name}.el.btfext`)} ${outExt}`;
    return { line, read: () => `${text(readFileSync(out))} ${text(readFileSync(outExt))}` };
  });
  return { permute: byName(names.map((name) => ({ name })), ask(requests)) };
}

function askExt() {
  const fixtures = join(ROOT, 'packages/btf/test/fixtures');
  const names = ['core.el', 'core.eb', 'kinds.el'];
  const requests = names.map((name) => {
    const out = newFile();
    return { line: `ext-order ${join(fixtures, `${name}.btfext`)} ${out} ${name.endsWith('el') ? 'big' : 'little'}`, read: () => text(readFileSync(out)) };
  });
  return { ext: byName(names.map((name) => ({ name })), ask(requests)) };
}

/** Ours against each answer: the same bytes, or refused where libbpf refuses. */
function compareEach(cases, answers, run) {
  let accepted = 0;
  for (const each of cases) {
    const answer = answers[each.name];
    const mine = attempt(() => run(each));
    if (answer.startsWith('error') ? mine !== undefined : mine !== answer) {
      throw new Error(`${each.name}: libbpf says ${answer.slice(0, 40)}, this ${mine === undefined ? 'refuses' : mine === answer ? '' : 'gives other bytes'}`);
    }
    if (mine !== undefined) accepted++;
  }
  return `${accepted} with the same bytes, ${cases.length - accepted} refused by both`;
}

/** What a call gives; undefined when it refuses with a typed error. */
function attempt(run) {
  try {
    return run();
  } catch (error) {
    if (typeof error.code !== 'string') throw error;
    return undefined;
  }
}

/** `name.order` of each fixture, and its bytes. */
function fixtures() {
  const dir = join(ROOT, 'packages/btf/test/fixtures');
  return readdirSync(dir).filter((name) => name.endsWith('.btf')).map((name) => ({ name, path: join(dir, name), bytes: new Uint8Array(readFileSync(join(dir, name))) }));
}

function compareSizes() {
  let compared = 0;
  for (const { name, path, bytes } of fixtures().filter((each) => each.name.endsWith('.el.btf'))) {
    for (const size of [4, 8]) {
      const btf = ours.withPointerSize(ours.parseBtf(bytes), size);
      const ids = Array.from({ length: btf.typeCount - 1 }, (_, i) => i + 1);
      const answers = ask([{ line: 'new -' }, { line: `add-btf ${path}` }, { line: `pointer-size ${size}` }, ...ids.map((id) => ({ line: `sizes ${id}` }))]).slice(3);
      for (const id of ids) {
        const [bytesLong, align] = [attempt(() => btf.resolveSize(id)), attempt(() => btf.alignOf(id))];
        const [, theirs, theirAlign] = answers[id - 1].split(' ').map(Number);
        if (bytesLong !== undefined) equal(bytesLong, theirs, `${name}: type ${id}: size with pointers of ${size} bytes`);
        // libbpf has no alignment for a VAR or a tag and says 0; here they have that of their type.
        if (align !== undefined && theirAlign !== 0) equal(align, theirAlign, `${name}: type ${id}: alignment with pointers of ${size} bytes`);
        compared++;
      }
    }
  }
  return `${compared} types`;
}

function readLayouts() {
  const all = fixtures();
  for (const { name, path, bytes } of all) {
    const laidOut = newFile(ours.BtfBuilder.from(ours.parseBtf(bytes)).encode({ layout: true }));
    equal(runBpftool(peers, ['btf', 'dump', 'file', laidOut]), runBpftool(peers, ['btf', 'dump', 'file', path]), name);
  }
  return `${all.length} blobs, bpftool ${peers.versions.bpftool}`;
}

function compareModules(modules, vmlinux = '/sys/kernel/btf/vmlinux') {
  const base = ours.parseBtf(new Uint8Array(readFileSync(vmlinux)));
  const all = readdirSync(modules, { recursive: true }).filter((path) => /\.ko(\.xz)?$/.test(path)).sort();
  const step = Math.ceil(all.length / count);
  let compared = 0;
  for (let i = 0; i < all.length; i += step) {
    const path = join(modules, all[i]);
    const bytes = path.endsWith('.xz') ? execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 28 }) : readFileSync(path);
    const { btf } = ours.parseBtfElf(new Uint8Array(bytes), { base });
    const [split, newBase, newSplit, again] = [newFile(), newFile(), newFile(), newFile()];
    const [read, distilled, back] = ask([
      { line: `elf ${newFile(bytes)} ${vmlinux} ${split} -`, read: () => text(readFileSync(split)) },
      { line: `distill ${vmlinux} ${newFile(btf.bytes)} ${newBase} ${newSplit}`, read: () => `${text(readFileSync(newBase))} ${text(readFileSync(newSplit))}` },
      { line: `relocate ${newBase} ${newSplit} ${vmlinux} ${again}`, read: () => text(readFileSync(again)) },
    ]);
    equal(text(btf.bytes), read, `${all[i]}: read`);
    const mine = ours.distillBase(btf);
    equal(both(mine), distilled, `${all[i]}: distilled`);
    equal(attempt(() => text(ours.relocateBtf(mine.split, base).btf.bytes)) ?? 'error 22', back, `${all[i]}: relocated`);
    compared++;
  }
  return `${compared} of ${all.length} read, distilled and relocated alike`;
}

function equal(mine, theirs, what = 'this') {
  if (mine !== theirs) throw new Error(`${what} is not what libbpf gives`);
}
