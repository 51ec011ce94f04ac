// Does rootlet relocate an object for a kernel exactly as libbpf does?
//
//   node tools/core-diff.mjs [--seed N|any] [--count N] [--header BTF] [--btf BTF]...   objects of our own with COUNT questions
//   node tools/core-diff.mjs --objects FILE... [--btf BTF]...                       these objects
//   node tools/core-diff.mjs --mutate N [--seed N] [--objects FILE...]              N objects with broken records, instructions, targets;
//                                                                                   of tools/core-diff/tricky.c and small ones when none is named
//
// BTF is a file of raw BTF; the running kernel's when absent. The judge is the newest libbpf of Debian: each program's instructions after
// bpf_object__prepare, which programs it refuses, and the words of its log. Needs root, for libbpf asks the kernel too.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, generateOwn, generateWithHeader } from './core-diff/generate.mjs';
import { mutateObject } from './core-diff/mutate.mjs';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, runBpftool } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { CACHE } from './lib/workspace.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : fallback);
const all = (name) => args.flatMap((arg, at) => (arg === `--${name}` ? [args[at + 1]] : []));

checkUsage(import.meta.url, args, ['seed', 'count', 'header', 'btf', 'objects', 'mutate', 'show']);

const { core, btf: btfPackage } = await importTs('tools/core-diff/packages.mjs');
const folder = join(CACHE, 'core-diff');
mkdirSync(folder, { recursive: true });
const peers = getPeers();
const peerProgram = join(folder, 'peer');
peers.compile(new URL('./core-diff/peer.c', import.meta.url).pathname, peerProgram);
const seed = option('seed', '1') === 'any' ? Date.now() % 1e9 : Number(option('seed', '1'));
console.log(`seed ${seed}`);
const targets = all('btf').length === 0 ? [VMLINUX] : all('btf');
let differences = 0;
const totals = { programs: 0, relocations: 0, value: 0, poison: 0, error: 0, lines: 0 };

if (args.includes('--mutate')) mutate(Number(option('mutate', '1000')));
else if (args.includes('--objects')) for (const target of targets) compareAll(listAfter('objects'), target);
else for (const target of targets) compareAll(generate(option('header', VMLINUX), Number(option('count', '4000'))), target);
console.log(`${totals.programs} programs, ${totals.relocations} relocations (${totals.value} values, ${totals.poison} poisoned, ${totals.error} errors), ${totals.lines} log lines: ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;

function listAfter(name) {
  const from = args.indexOf(`--${name}`) + 1;
  const end = args.findIndex((arg, at) => at >= from && arg.startsWith('--'));
  return args.slice(from, end < 0 ? undefined : end);
}

/** Objects with questions about the types of a BTF. @returns paths */
function generate(headerBtf, count) {
  const name = headerBtf.replace(/[^\w.]+/g, '_');
  const header = join(folder, `${name}.h`);
  if (!existsSync(header)) writeFileSync(header, runBpftool(peers, ['btf', 'dump', 'file', headerBtf, 'format', 'c']));
  const btf = btfPackage.parseBtf(readFileSync(headerBtf));
  const sources = {
    [`${name}-${seed}-header`]: generateWithHeader(btf, createRandom(seed), count, header),
    [`${name}-${seed}-own`]: generateOwn(btf, createRandom(seed + 1000), count),
  };
  return Object.entries(sources).map(([base, text]) => compile(join(folder, base), text));
}

/** Compiles, leaving out the functions that clang refuses. */
function compile(path, text) {
  for (let attempt = 0; attempt < 12; attempt++) {
    writeFileSync(`${path}.c`, text);
    const { status, stderr } = spawnSync('clang-19', ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-ferror-limit=0', '-w', '-c', `${path}.c`, '-o', `${path}.o`], { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status === 0) return `${path}.o`;
    const bad = new Set([...stderr.matchAll(/^[^\n]*\.c:(\d+):\d+: (?:fatal )?error/gm)].map((match) => Number(match[1]) - 1));
    // What its backend refuses it names by function only.
    const crashed = /Running pass ".*" on function "@?(\w+)"|Generating code for declaration '(\w+)'/.exec(stderr)?.slice(1).find((name) => name !== undefined);
    if (crashed !== undefined) bad.add(text.split('\n').findIndex((line) => line.includes(` ${crashed}(void`)));
    if (bad.size === 0) throw new Error(`clang: ${stderr.slice(0, 2000)}`);
    text = text.split('\n').map((line, at) => (bad.has(at) ? '' : line)).join('\n');
  }
  throw new Error(`clang refuses ${path}.c again and again`);
}

/** What libbpf makes of objects. @returns by path: programs by name, failed ones, and the log of the last attempt */
function askPeer(target, paths) {
  const [command, ...first] = peers.command(peerProgram);
  const { stdout, stderr, status } = spawnSync(command, [...first, target, ...paths], { encoding: 'utf8', maxBuffer: 1 << 30, env: { ...process.env, LOG: '1' } });
  if (status !== 0) throw new Error(`peer: exit status ${status}`);
  const logs = stderr.split(/^libbpf: loading object from /m).slice(1);
  const byPath = new Map();
  let current;
  for (const line of stdout.split('\n')) {
    const [word, name, rest] = line.split(' ');
    if (word === 'object') {
      current = { programs: new Map(), failed: new Set(), error: undefined, log: [] };
      byPath.set(name, current);
    } else if (word === 'prog') current.programs.set(name, rest);
    else if (word === 'fail') current.failed.add(name);
    else if (word === 'error' || word === 'unopened') current.error = line;
  }
  for (const log of logs) {
    const end = log.indexOf('\n');
    const entry = byPath.get(log.slice(0, end));
    if (entry !== undefined) entry.log = log.slice(end + 1).split('\n');
  }
  return byPath;
}

/** What rootlet makes of an object; programs that have an error are left out, and the rest is done again, as the peer does. */
function askRootlet(bytes, target) {
  let object;
  try {
    object = core.openCoreObject(bytes);
  } catch (error) {
    return { error };
  }
  const failed = new Set();
  for (;;) {
    const report = core.explainRelocations(object, target);
    const fresh = report.relocations.find(({ outcome }) => outcome === 'error');
    if (fresh === undefined) return { failed, report };
    failed.add(fresh.funcName);
    // One after the other: what an error leaves undone decides what comes later.
    object = { ...object, model: { ...object.model, funcs: object.model.funcs.filter(({ name }) => name !== fresh.funcName) } };
  }
}

function compareAll(paths, targetPath) {
  const btf = btfPackage.parseBtf(readFileSync(targetPath));
  const target = new core.CoreTarget(btf);
  const answers = askPeer(targetPath, paths);
  for (const path of paths) compareOne(path, readFileSync(path), target, answers.get(path), targetPath);
}

function report(path, targetPath, text) {
  if (++differences <= Number(option('show', '20'))) console.log(`${path} against ${targetPath}: ${text}`);
}

function compareOne(path, bytes, target, peer, targetPath) {
  const mine = askRootlet(bytes, target);
  if (mine.error !== undefined || peer.error !== undefined) {
    // Sections and variables that are only in the types: rootlet says so when it loads them (DATASEC_VAR); nothing here does.
    if (peer.error !== undefined && peer.log.some((line) => /failed to (find ELF symbol for VAR|determine size from ELF)/.test(line))) return;
    if ((mine.error === undefined) !== (peer.error === undefined)) report(path, targetPath, `libbpf ${peer.error ?? 'reads it'}, rootlet ${mine.error?.message ?? 'reads it'}`);
    return;
  }
  totals.error += mine.failed.size;
  for (const { outcome } of mine.report.relocations) totals[outcome]++;
  totals.relocations += mine.report.relocations.length + mine.failed.size;
  const explain = (name) => mine.report.relocations.filter(({ funcName }) => funcName === name).map((one) => `\n    ${one.spec} ${one.outcome} ${one.newValue ?? one.problem}: ${one.candidates.map((c) => `${c.id} ${c.found ?? c.problem}`).join(' | ')}`).join('');
  const told = (name) => peer.log.filter((line) => line.includes(`prog '${name}': relo`)).map((line) => `\n    ${line}`).join('');
  const names = new Set([...mine.failed, ...peer.failed]);
  for (const name of names) {
    if (!mine.failed.has(name) && !asksOtherwise(explain(name))) report(path, targetPath, `${name}: libbpf refuses it, rootlet does not:${explain(name)}${told(name)}`);
    else if (!peer.failed.has(name) && !asksOtherwise(told(name))) report(path, targetPath, `${name}: rootlet refuses it, libbpf does not:${told(name)}`);
  }
  for (const func of mine.report.model.funcs) {
    const hex = peer.programs.get(func.name);
    if (hex === undefined) continue;
    totals.programs++;
    const own = Buffer.from(core.encodeInsns(func.insns, true)).toString('hex');
    if (own !== hex.slice(0, own.length)) report(path, targetPath, `${func.name}:\n    libbpf  ${hex}\n    rootlet ${own}${explain(func.name)}${told(func.name)}`);
  }
  compareLogs(path, targetPath, mine.report, peer.log);
}

/**
 * Whether a question is about an enumerator without sign of 2^31 or more, which to libbpf is negative (docs/known-differences.md), or
 * about a DATASEC, whose size libbpf has filled in by then; compilers do not ask that.
 */
function asksOtherwise(log) {
  return /<type_size> \[\d+\] datasec/.test(log) || [...log.matchAll(/<enumval_value>.* = (\d+)$/gm)].some(([, value]) => BigInt(value) >> 31n === 1n);
}

/** What each side says of each relocation, but for why a candidate did not match, which rootlet words otherwise. */
function compareLogs(path, targetPath, { relocations }, log) {
  const byProgram = (lines) => {
    const found = new Map();
    for (const line of lines) {
      const match = /prog '(.*?)': relo #\d+: (.*)$/.exec(line);
      if (match === null || /^non-matching|accesses field incorrectly|^insn #/.test(match[2])) continue;
      found.set(match[1], [...(found.get(match[1]) ?? []), match[2]]);
    }
    return found;
  };
  const own = byProgram(core.formatCoreLog(relocations));
  for (const [name, lines] of byProgram(log)) {
    totals.lines += lines.length;
    const mine = own.get(name) ?? [];
    const at = lines.findIndex((line, idx) => line !== mine[idx]);
    if (at >= 0 && !asksOtherwise(lines[at])) report(path, targetPath, `log of ${name}:\n    libbpf  ${lines[at]}\n    rootlet ${mine[at]}`);
  }
}

function mutate(count) {
  const random = createRandom(seed);
  const objects = (args.includes('--objects') ? listAfter('objects') : smallObjects()).map((path) => readFileSync(path));
  const base = join(folder, 'mutated');
  mkdirSync(base, { recursive: true });
  for (let done = 0; done < count; ) {
    const bytes = random.pick(objects);
    const { target, mutants } = mutateObject(bytes, random, btfPackage, core, Math.min(50, count - done));
    const targetPath = join(base, 'target.btf');
    writeFileSync(targetPath, target);
    const paths = mutants.map((mutant, at) => {
      const path = join(base, `${at}.o`);
      writeFileSync(path, mutant);
      return path;
    });
    const before = differences;
    compareAll(paths, targetPath);
    if (differences > before) execFileSync('cp', ['-r', base, `${base}-${seed}-${done}`]);
    done += mutants.length;
  }
}

function smallObjects() {
  const btf = btfPackage.parseBtf(readFileSync(VMLINUX));
  const tricky = readFileSync(new URL('./core-diff/tricky.c', import.meta.url), 'utf8');
  return [compile(join(folder, 'tricky'), tricky), ...[1, 2, 3].map((n) => compile(join(folder, `small-${n}`), generateOwn(btf, createRandom(77 * n), 60)))];
}
