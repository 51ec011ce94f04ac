// Does dedup keep the same types as libbpf's, and how fast is each?
//
//   node tools/btf-dedup-diff.mjs                        all comparisons
//   node tools/btf-dedup-diff.mjs --only graphs --count 5000 --seed 7 --show     and the smallest difference of each sort
//
// `linked`, `examples`: objects of this repository, appended; `vmlinux`: the running kernel's twice and three times; `pahole`: units that gcc
// compiled and pahole wrote; `split`: on the kernel as base; `graphs`: random ones from a seed. The peer is Debian's newest libbpf, asked
// through tools/btf/dedup-probe.c with the very same bytes. Types count as the same when they are but for their numbers.
// What may differ, and why, is in the README of @rootlet/btf: types that only a base has, and declarations of which full types differ.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareTypes } from './btf/canonical.mjs';
import { finish, randomUnits } from './btf/dedup-graphs.mjs';
import { Random } from './btf/random.mjs';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';
import { ROOT } from './lib/workspace.mjs';

const { values: args } = parseArgs({ options: { count: { type: 'string', default: '600' }, seed: { type: 'string', default: '1' }, show: { type: 'boolean', default: false }, only: { type: 'string' } } });
const VMLINUX = '/sys/kernel/btf/vmlinux';
const FIXTURES = join(ROOT, 'packages/btf/test/fixtures');

const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.log(`skipped: ${obstacle}`);
  process.exit(0);
}
const api = await importTs('packages/btf/src/index.ts');
const { parseElf } = await importTs('packages/elf/src/index.ts');
const peers = getPeers();
const folder = mkdtempSync(join(tmpdir(), 'rootlet-dedup-'));
const probe = join(folder, 'probe');
const paths = { base: join(folder, 'base.btf'), input: join(folder, 'in.btf'), ext: join(folder, 'in.ext'), theirs: join(folder, 'theirs.btf'), theirExt: join(folder, 'theirs.ext') };
let failed = 0;
/** The smallest difference of each sort. */
const smallest = new Map();

const STEPS = { linked, examples, vmlinux, pahole, split, graphs };
try {
  peers.compile(join(ROOT, 'tools/btf/dedup-probe.c'), probe);
  console.log(`libbpf ${peers.versions.libbpf1}`);
  for (const [name, step] of Object.entries(STEPS)) if (args.only === undefined || args.only.split(',').includes(name)) step();
} catch (error) {
  // Its stack would show all of the bundle.
  console.log(`failed: ${error.message}`);
  failed++;
} finally {
  rmSync(folder, { recursive: true });
}
if (args.show) for (const { text } of smallest.values()) console.log(text);
process.exitCode = failed === 0 ? 0 : 1;

function linked() {
  for (const order of ['el', 'eb']) {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith(`.${order}.btf`));
    const parts = names.map((name) => {
      const btf = api.parseBtf(readFileSync(join(FIXTURES, name)));
      return { btf, ext: api.parseBtfExt(readFileSync(join(FIXTURES, `${name}ext`)), { btf }) };
    });
    report(`linked: ${names.length} fixtures, ${order}`, append(parts));
    report(`linked: each fixture twice, ${order}`, append([...parts, ...parts]));
  }
}

function examples() {
  for (const isLittle of [true, false]) {
    const parts = [];
    for (const dir of ['linking', 'programs']) {
      for (const name of readdirSync(join(ROOT, 'docs/examples', dir)).filter((file) => file.endsWith('.o') && file.includes('.bpfeb.') !== isLittle)) {
        const bytes = readFileSync(join(ROOT, 'docs/examples', dir, name));
        const elf = parseElf(new Uint8Array(bytes));
        const section = (wanted) => elf.sections.find((one) => one.name === wanted)?.data.bytes;
        const data = section('.BTF');
        if (data === undefined) continue;
        const btf = api.parseBtf(data);
        const ext = section('.BTF.ext');
        parts.push({ btf, ext: ext === undefined ? undefined : api.parseBtfExt(ext, { btf }) });
      }
    }
    report(`examples: ${parts.length} objects, ${isLittle ? 'little' : 'big'} endian`, append(parts));
  }
}

function vmlinux() {
  if (!existsSync(VMLINUX)) return console.log(`skipped: no ${VMLINUX}`);
  const btf = api.parseBtf(readFileSync(VMLINUX));
  for (const copies of [2, 3]) report(`vmlinux ${copies} times`, append(Array.from({ length: copies }, () => ({ btf }))));
}

/** Each unit's BTF is written by pahole alone, so that nothing is deduplicated yet. */
function pahole() {
  const missing = ['gcc', 'pahole'].find((command) => spawnSync(command, ['--version']).status !== 0);
  if (missing !== undefined) return console.log(`skipped: no ${missing}`);
  const parts = readdirSync(join(ROOT, 'tools/btf/units')).filter((name) => name.endsWith('.c')).map((name) => {
    const object = join(folder, name.replace('.c', '.o'));
    execFileSync('gcc', ['-g', '-c', '-O1', '-w', '-o', object, join(ROOT, 'tools/btf/units', name)]);
    execFileSync('pahole', ['--btf_gen_floats', '--btf_encode_detached', `${object}.btf`, object]);
    return { btf: api.parseBtf(readFileSync(`${object}.btf`)) };
  });
  report(`pahole: ${parts.length} units`, append(parts));
}

function split() {
  if (!existsSync(VMLINUX)) return console.log(`skipped: no ${VMLINUX}`);
  const bytes = readFileSync(VMLINUX);
  const base = api.parseBtf(bytes);
  writeFileSync(paths.base, bytes);
  // What a module has of its own, and what it repeats of the kernel's.
  const random = new Random(Number(args.seed));
  const own = new api.BtfBuilder({ base });
  for (const part of readdirSync(FIXTURES).filter((name) => name.endsWith('.el.btf'))) own.addBtf(api.parseBtf(readFileSync(join(FIXTURES, part))));
  report('split: fixtures on vmlinux', { builder: own, base }, { mayDiffer: true });
  const copies = new api.BtfBuilder({ base });
  const whole = api.parseBtf(bytes);
  copies.addBtf(whole);
  report('split: vmlinux on vmlinux', { builder: copies, base }, { mayDiffer: true });
  for (let i = 0; i < 40; i++) {
    const small = finish(api, randomUnits(api, random, { conflicts: i % 2 === 0, forwards: i % 3 !== 0 }));
    const smallBase = api.parseBtf(api.dedupBtf(api.parseBtf(small)).builder.encode());
    const builder = new api.BtfBuilder({ base: smallBase });
    builder.addBtf(api.parseBtf(small));
    builder.addBtf(api.parseBtf(finish(api, randomUnits(api, random))));
    writeFileSync(paths.base, smallBase.bytes);
    report(`split: graph ${i}`, { builder, base: smallBase }, { quiet: true, mayDiffer: true });
  }
}

function graphs() {
  const random = new Random(Number(args.seed));
  const sorts = {
    'no forwards, no conflicts': { forwards: false, conflicts: false },
    'forwards, no conflicts': { forwards: true, conflicts: false },
    'conflicts, no forwards': { forwards: false, conflicts: true },
    'forwards and conflicts': { forwards: true, conflicts: true },
    'repeats in a unit': { forwards: true, conflicts: true, repeats: true },
  };
  for (const [name, options] of Object.entries(sorts)) {
    const sum = { same: 0, more: 0, fewer: 0, other: 0 };
    for (let i = 0; i < Number(args.count); i++) sum[report(`graph ${i} of ${name}`, { bytes: finish(api, randomUnits(api, random, options)) }, { quiet: true, mayDiffer: options.conflicts })]++;
    console.log(`graphs, ${name}: ${sum.same} the same, ${sum.fewer} with fewer types than libbpf, ${sum.more} with more, ${sum.other} with others`);
  }
}

/** Objects in one BTF, and their .BTF.ext records with it: each object's sections under a name of their own. */
function append(parts) {
  const builder = new api.BtfBuilder();
  const all = { funcInfo: [], lineInfo: [], coreRelos: [] };
  parts.forEach(({ btf, ext }, part) => {
    const ids = builder.addBtf(btf);
    if (ext === undefined) return;
    const moved = api.remapExt(ext, (id) => ids[id], builder.stringMap(btf));
    for (const key of Object.keys(all)) all[key].push(...moved[key].map((section) => ({ sectionName: `${section.sectionName}#${part}`, records: section.records })));
  });
  return { builder, ext: all, littleEndian: parts[0].btf.littleEndian };
}

/** Asks both. @returns {'same' | 'more' | 'fewer' | 'other'} */
function report(name, { builder, bytes, base, ext, littleEndian = true }, { quiet = false, mayDiffer = false } = {}) {
  const hasExt = ext !== undefined && ext.funcInfo.length > 0;
  const extBytes = hasExt ? api.encodeBtfExt(ext, { littleEndian, addString: (text) => builder.addString(text) }) : undefined;
  const input = bytes ?? builder.encode(littleEndian);
  writeFileSync(paths.input, input);
  if (hasExt) writeFileSync(paths.ext, extBytes);
  const [command, ...first] = peers.command(probe);
  const { stdout, status, signal, stderr } = spawnSync(command, [...first, base === undefined ? '-' : paths.base, paths.input, hasExt ? paths.ext : '-', paths.theirs, paths.theirExt], { encoding: 'utf8' });
  if (status !== 0 || stdout.startsWith('error')) throw new Error(`${name}: libbpf: status ${status} ${signal} ${stdout} ${stderr}`);
  const btf = api.parseBtf(input, { base });
  const began = performance.now();
  const ours = api.dedupBtf(btf, hasExt ? api.parseBtfExt(extBytes, { btf }) : undefined);
  const ms = performance.now() - began;
  const mine = ours.builder.build(littleEndian);
  const peer = api.parseBtf(readFileSync(paths.theirs), { base });
  const identical = rawText(mine) === rawText(peer);
  const { onlyA, onlyB } = identical ? { onlyA: 0, onlyB: 0 } : compareTypes(mine, peer);
  const kind = onlyA === 0 && onlyB === 0 ? 'same' : mine.typeCount < peer.typeCount ? 'fewer' : mine.typeCount > peer.typeCount ? 'more' : 'other';
  const extProblem = hasExt ? compareExt(mine, ours.ext, peer) : undefined;
  const theirMs = Number(stdout.split(' ')[1]) / 1e6;
  if (!quiet || extProblem !== undefined) {
    console.log(`${name}: ${btf.typeCount - btf.startId} types, rootlet keeps ${mine.typeCount - mine.startId}, libbpf ${peer.typeCount - peer.startId}: ${kind === 'same' ? (identical ? 'the same, numbers too' : 'the same but for numbers') : `${onlyA} and ${onlyB} that the other has not`}${hasExt ? `; .BTF.ext ${extProblem ?? 'the same'}` : ''}; ${ms.toFixed(1)} ms, libbpf ${theirMs.toFixed(1)} ms`);
  }
  if (kind !== 'same' || extProblem !== undefined) {
    if (!mayDiffer || extProblem !== undefined) failed++;
    const sort = `${kind} ${name.replace(/\d+/, '')}`;
    const least = smallest.get(sort);
    if (quiet && (least === undefined || btf.typeCount < least.size)) {
      const text = `--- ${name}: rootlet keeps ${mine.typeCount - 1}, libbpf ${peer.typeCount - 1}\ninput:\n${rawText(btf)}rootlet, and the new number of each type ${ours.ids.join(' ')}:\n${rawText(mine)}libbpf:\n${rawText(peer)}`;
      smallest.set(sort, { size: btf.typeCount, text });
    }
  }
  return kind;
}

/** @returns {string | undefined} the first record that differs by what it refers to */
function compareExt(mine, ours, peer) {
  const theirs = api.parseBtfExt(readFileSync(paths.theirExt), { btf: peer });
  const type = (btf, id) => (id === 0 ? 'void' : `${btf.kind(id)} ${api.formatType(btf, id)}`);
  for (const [key, show] of [
    ['funcInfo', (btf, record) => [record.insnIdx, type(btf, record.typeId)]],
    ['lineInfo', (btf, record) => [record.insnIdx, btf.string(record.fileNameOff), btf.string(record.lineOff), record.line, record.column]],
    ['coreRelos', (btf, record) => [record.insnIdx, type(btf, record.typeId), btf.string(record.accessStrOff), record.kind]],
  ]) {
    const a = ours[key].map((section) => [section.sectionName, ...section.records.map((record) => show(mine, record).join(' '))].join('\n'));
    const b = theirs[key].map((section) => [section.sectionName, ...section.records.map((record) => show(peer, record).join(' '))].join('\n'));
    const at = a.findIndex((text, i) => text !== b[i]);
    if (a.length !== b.length || at !== -1) return `differs in ${key}: ${a[at]} / ${b[at]}`;
  }
  return undefined;
}

function rawText(btf) {
  return [...api.dumpRaw(btf)].join('');
}
