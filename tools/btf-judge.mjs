// Does @rootlet/btf print real BTF as bpftool does, and does a compiler lay out its headers as the BTF says?
//
//   node tools/btf-judge.mjs [--all] [--group TEXT] [--show N]
//
// Kernels (running, 6.1, 6.12) with modules, all committed objects, what pahole and libbpf's dedup make; see btf-judge/sources.mjs. Of each:
// the round trip through BtfBuilder; raw text, JSON and C header against Debian's bpftool (7.1) and the newest (7.8); and what clang makes
// of the header. --all: every module, headers too (an hour). --group: only rows whose name contains TEXT. --show: so many differences.
// Exit status 1 on any difference; 2 when a tool is missing.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compareLayouts } from './btf-judge/layout.mjs';
import { listSources } from './btf-judge/sources.mjs';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';

const run = promisify(execFile);
const args = process.argv.slice(2);
const option = (name) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : undefined);
const COLUMNS = ['round trip', 'raw 7.1', 'raw 7.8', 'json 7.1', 'json 7.8', 'C 7.1', 'C 7.8 unsorted', 'C 7.8 sorted', 'layout'];
/** What this machine has; our side is one thread, so more would only wait. */
const JOBS = 2;

const missing = findMissing();
if (missing !== undefined) {
  console.error(`btf-judge: ${missing}`);
  process.exit(2);
}
const started = Date.now();
const lib = await importTs('packages/btf/src/index.ts');
const elf = await importTs('packages/elf/src/index.ts');
const peers = getPeers();
const folder = mkdtempSync(join(tmpdir(), 'rootlet-judge-'));
const rows = new Map();
const differences = [];
const known = [];
let repaired = 0;
try {
  const { sources, skipped } = listSources(folder, { peers, elf, all: args.includes('--all') });
  const queue = sources.filter(({ group }) => group.includes(option('group') ?? '')).entries();
  await Promise.all(Array.from({ length: JOBS }, async () => {
    for (const [idx, source] of queue) await judge(source, join(folder, `layout-${idx}`));
  }));
  printTable();
  for (const reason of skipped) console.log(`skipped: ${reason}`);
} finally {
  rmSync(folder, { recursive: true });
}
if (repaired > 0) console.log(`known: ${repaired} headers repair sizes of enumerations or unions that bpftool 7.8 gets wrong`);
for (const text of known) console.log(`known: ${text}`);
for (const text of differences.slice(0, Number(option('show') ?? 20))) console.log(`differs: ${text}`);
console.log(`${differences.length} differences in ${((Date.now() - started) / 1000).toFixed(0)} s`);
process.exitCode = differences.length === 0 ? 0 : 1;

function findMissing() {
  const obstacle = peersObstacle();
  if (obstacle !== undefined) return obstacle;
  return ['bpftool', 'clang-19', 'llvm-objcopy-19', 'gcc'].filter((command) => spawnSync(command, ['--version']).error !== undefined).map((command) => `no ${command} here`)[0];
}

async function judge(source, scratch) {
  const bytes = source.read();
  const base = source.base === undefined ? undefined : loadBase(source.base);
  const btf = lib.parseBtf(bytes, { base });
  const row = rowOf(source.group);
  row.count++;
  row.types += btf.typeCount - btf.startId;
  const note = (column, difference) => {
    row.cells[column].all++;
    if (difference === undefined) row.cells[column].good++;
    else differences.push(`${source.group}: ${source.name}: ${column}: ${difference}`);
  };

  note('round trip', firstDifference(lib.BtfBuilder.from(btf).encode(btf.littleEndian), bytes));
  const old = (...rest) => bpftool(['bpftool'], source, rest);
  const now = (...rest) => bpftool(peers.bpftool, source, rest);
  const raw = [...lib.dumpRaw(btf)].join('');
  note('raw 7.1', diffText(raw, await old('format', 'raw')));
  note('raw 7.8', diffText(raw, await now('format', 'raw')));
  const json = [...lib.dumpJson(btf)].join('');
  note('json 7.1', diffText(json, await old('--json', 'format', 'raw')));
  note('json 7.8', diffText(json, await now('--json', 'format', 'raw')));
  const roots = base === undefined ? undefined : Array.from({ length: btf.typeCount - btf.startId }, (_, idx) => btf.startId + idx);
  const { structs, members, differences: layout, known: expected } = await compareLayouts(lib, btf, scratch, { roots, bigEndian: !btf.littleEndian });
  row.structs += structs;
  row.members += members;
  known.push(...expected.map((text) => `${source.group}: ${source.name}: ${text}`));
  note('layout', layout.length === 0 ? undefined : `${layout.length}: ${layout.slice(0, 3).join('; ')}`);
  if (source.skipHeader === true) return;
  const header = (options) => [...lib.dumpC(btf, { guard: '__VMLINUX_H__', preserveAccessIndex: true, ...options })].join('');
  const headers = [
    ['C 7.1', {}, old, ['format', 'c']],
    ['C 7.8 unsorted', { kfuncs: true }, now, ['format', 'c', 'unsorted']],
    ['C 7.8 sorted', { kfuncs: true, order: 'bpftool' }, now, ['format', 'c']],
  ];
  for (const [column, more, tool, rest] of headers) {
    const have = header(more);
    const want = await tool(...rest);
    // Where libbpf's header has another layout than the types, ours has what is missing; the column `layout` proves it.
    const isExact = have === want;
    note(column, isExact ? undefined : diffText(withoutRepairs(have), withoutRepairs(want)));
    if (!isExact && tool === now) repaired++;
  }
}

/** Sizes of enumerations, of which 7.1 writes none and 7.8 some, and packed or filled unions, of which both write none. */
function withoutRepairs(text) {
  return text
    .replace(/ __attribute__\(\(mode\(\w+\)\)\)/g, '')
    .replaceAll(' __attribute__((packed))', '')
    .replace(/\n\t+(?:long: 64|int: (?:8|16|24|32));(?=\n\t*\})/g, '');
}

function loadBase(path) {
  loadBase.known ??= new Map();
  if (!loadBase.known.has(path)) loadBase.known.set(path, lib.parseBtf(new Uint8Array(readFileSync(path))));
  return loadBase.known.get(path);
}

async function bpftool([command, ...first], { path, base }, rest) {
  const flags = rest.filter((arg) => arg.startsWith('--'));
  const format = rest.filter((arg) => !arg.startsWith('--'));
  try {
    const { stdout } = await run(command, [...first, ...flags, ...(base === undefined ? [] : ['-B', base]), 'btf', 'dump', 'file', path, ...format], { maxBuffer: 1 << 30 });
    return stdout;
  } catch (error) {
    return `exit status ${error.code}: ${error.stderr}`;
  }
}

function rowOf(group) {
  if (!rows.has(group)) rows.set(group, { count: 0, types: 0, structs: 0, members: 0, cells: Object.fromEntries(COLUMNS.map((name) => [name, { good: 0, all: 0 }])) });
  return rows.get(group);
}

function firstDifference(have, want) {
  if (Buffer.compare(have, want) === 0) return undefined;
  return `byte ${want.findIndex((byte, idx) => byte !== have[idx])} of ${want.length}, have ${have.length} bytes`;
}

function diffText(have, want) {
  if (have === want) return undefined;
  const haveLines = have.split('\n');
  const wantLines = want.split('\n');
  const at = wantLines.findIndex((line, idx) => line !== haveLines[idx]);
  return `line ${at + 1}: ${cut(haveLines[at])}, bpftool ${cut(wantLines[at])}`;
}

function cut(line) {
  return line === undefined ? 'nothing' : JSON.stringify(line.slice(0, 120));
}

function printTable() {
  const head = ['', 'BTFs', 'types', ...COLUMNS, 'structs', 'members'];
  const lines = [...rows].map(([name, row]) => [name, row.count, row.types, ...COLUMNS.map((column) => `${row.cells[column].good}/${row.cells[column].all}`), row.structs, row.members].map(String));
  const widths = head.map((text, idx) => Math.max(text.length, ...lines.map((line) => line[idx].length)));
  for (const line of [head, ...lines]) console.log(line.map((text, idx) => (idx === 0 ? text.padEnd(widths[idx]) : text.padStart(widths[idx]))).join('  '));
}
