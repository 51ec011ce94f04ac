// Does rootlet print typed data as libbpf does?
//
//   node tools/btf-data-diff.mjs                       types of the running kernel, of the fixtures, and odd ones, with random data
//   node tools/btf-data-diff.mjs --count 50000 --seed 7 --show 5
//   node tools/btf-data-diff.mjs --bless               writes libbpf's texts for the test that compares without libbpf
//
// The peer is Debian's newest libbpf, asked through tools/btf/data-probe.c. libbpf reads data in this machine's byte order whatever the
// order of the BTF, so that is what rootlet is told, too.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildOddTypes } from './btf/data-types.mjs';
import { Random } from './btf/random.mjs';
import { importTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';
import { ROOT } from './lib/workspace.mjs';

const { values: args } = parseArgs({ options: { count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, show: { type: 'string', default: '3' }, file: { type: 'string' }, bless: { type: 'boolean', default: false } } });
const VMLINUX = '/sys/kernel/btf/vmlinux';
const FIXTURES = join(ROOT, 'packages/btf/test/fixtures');
/** Questions asked at once: the answers must fit into one string. */
const BATCH = 400;
/** Types of more bytes are left out: of such data libbpf prints gigabytes when it is cut short. */
const MAX_BYTES = 8000;
/** A declaration tag: no value for us as for it. */
const EOPNOTSUPP = -95;
const EINVAL = -22;
/** What libbpf returns for each of our errors. */
const ERRNO = { TRUNCATED: -7, BTF_NO_SIZE: -22, BTF_DEPTH: -22, UNSUPPORTED: -22, BTF_KIND: -22, BTF_SIZE: -7 };

const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.log(`skipped: ${obstacle}`);
  process.exit(0);
}
const api = await importTs('packages/btf/src/index.ts');
const peers = getPeers();
const random = new Random(Number(args.seed));
const folder = mkdtempSync(join(tmpdir(), 'rootlet-data-'));
const probe = join(folder, 'probe');
let different = 0;
let shown = 0;
try {
  peers.compile(join(ROOT, 'tools/btf/data-probe.c'), probe);
  writeFileSync(join(folder, 'odd.btf'), buildOddTypes(api).encode());
  const files = args.file !== undefined ? [args.file] : [join(folder, 'odd.btf'), ...readdirSync(FIXTURES).filter((name) => name.endsWith('.btf')).map((name) => join(FIXTURES, name)), VMLINUX].filter((path) => existsSync(path));
  console.log(`libbpf ${peers.versions.libbpf1}, seed ${args.seed}`);
  if (args.bless) bless();
  else for (const file of files) different += compare(file);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = different === 0 ? 0 : 1;

/** Some texts of libbpf's for the two fixtures with the most kinds of types. */
function bless() {
  const cases = [];
  for (const name of ['kinds.el.btf', 'layout.el.btf']) {
    const btf = api.parseBtf(readFileSync(join(FIXTURES, name)));
    const asked = [];
    for (let id = 1; id < btf.typeCount; id++) for (let n = 0; n < 3 && sizeOf(btf, id) > 0; n++) asked.push(ask(id, sizeOf(btf, id)));
    answer(join(FIXTURES, name), asked).forEach(({ text, result }, i) => {
      const { id, flags, level, bytes } = asked[i];
      if (judge(btf, asked[i], { text, result }) === 'same') cases.push({ name, id, flags, level, bytes: Buffer.from(bytes).toString('hex'), text: plain(text) });
    });
  }
  const lines = cases.map((one) => JSON.stringify(one)).join(',\n');
  writeFileSync(join(ROOT, 'packages/btf/test/value-libbpf.json'), `[\n${lines}\n]\n`);
  console.log(`${cases.length} texts`);
}

/** @returns {number} how many texts differ */
function compare(file) {
  const btf = api.parseBtf(readFileSync(file));
  const isSmall = btf.typeCount < 2000;
  const sum = { same: 0, errors: 0, halves: 0, different: 0 };
  for (let left = isSmall ? Math.ceil(Number(args.count) / 4) : Number(args.count); left > 0; left -= BATCH) {
    const asked = [];
    while (asked.length < Math.min(left, BATCH)) {
      const id = random.below(btf.typeCount);
      // Functions and what leads to them are most of a kernel, and all alike.
      const size = sizeOf(btf, id);
      if (size <= MAX_BYTES && (isSmall || size > 0 || random.oneIn(20))) asked.push(ask(id, size));
    }
    const answers = answer(file, asked);
    asked.forEach((question, i) => {
      const kind = judge(btf, question, answers[i]);
      sum[kind === 'error' ? 'errors' : kind === 'half' ? 'halves' : kind]++;
    });
  }
  console.log(`${file.replace(`${ROOT}/`, '').replace(`${folder}/`, '')}: ${sum.same} texts and ${sum.errors} errors agree; libbpf printed half of ${sum.halves}; ${sum.different} differ`);
  return sum.different;
}

/** @returns {{ text: string, result: number }[]} what libbpf says */
function answer(file, asked) {
  const input = asked.map(({ id, flags, level, bytes }) => `${id} ${flags} ${level} ${bytes.length} ${bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex')}\n`).join('');
  const [command, ...first] = peers.command(probe);
  const { stdout, status, signal } = spawnSync(command, [...first, file], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  const answers = stdout.split('\u0002').slice(0, -1).map((text) => {
    const cut = text.lastIndexOf('\u0001');
    return { text: text.slice(0, cut), result: Number(text.slice(cut + 1)) };
  });
  if (answers.length !== asked.length) throw new Error(`libbpf ended (status ${status}, signal ${signal}) at ${JSON.stringify(asked[answers.length])}`);
  return answers;
}

/** @returns {'same' | 'error' | 'half' | 'different'} */
function judge(btf, question, theirs) {
  const ours = format(btf, question);
  // libbpf has written some text before it meets an error.
  if (theirs.result < 0 && ours.result === (theirs.result === EOPNOTSUPP ? EINVAL : theirs.result)) return 'error';
  if (theirs.result >= 0 && ours.text === plain(theirs.text) && ours.result === theirs.result) return 'same';
  // With too few bytes, and at arrays of empty structs, libbpf often prints what there is and says nothing.
  if ((ours.result === ERRNO.TRUNCATED && isShort(btf, question)) || ours.why?.includes('elements of an array have no size')) return 'half';
  if (shown++ < Number(args.show)) {
    const { id, flags, level, bytes } = question;
    console.log(`--- [${id}] ${api.formatType(btf, id)} flags ${flags} level ${level} data ${Buffer.from(bytes).toString('hex').slice(0, 400)}\n    rootlet ${ours.result} ${ours.why ?? ''}`);
    showFirst(ours.text, plain(theirs.text));
    console.log(`    libbpf  ${theirs.result}`);
  }
  return 'different';
}

function isShort(btf, { id, bytes }) {
  const type = btf.type(btf.resolveType(id));
  const end = type.kind === api.BTF_KIND_DATASEC ? Math.max(...type.vars.map((info) => info.byteOff + btf.resolveSize(info.type))) : btf.resolveSize(id);
  return bytes.length < end;
}

function showFirst(ours, theirs) {
  const a = ours.split('\n');
  const b = theirs.split('\n');
  const at = a.findIndex((line, i) => line !== b[i]);
  if (at === -1) return;
  const around = (lines) => lines.slice(Math.max(0, at - 3), at + 3).map((line) => line.slice(0, 600)).join('\n');
  console.log(`rootlet, from line ${at}:\n${around(a)}\nlibbpf:\n${around(b)}`);
}

/** Bytes that a type takes; 0 for none. */
function sizeOf(btf, id) {
  try {
    return btf.resolveSize(id);
  } catch {
    return 0;
  }
}

/** libbpf numbers types of one name in the order in which it met them; which one is printed here does not depend on that. */
function plain(text) {
  return text.replace(/\b([A-Za-z_]\w*?)___\d+\b/g, '$1');
}

/** Some data of a type and options. */
function ask(id, size) {
  let length = size === 0 ? 8 : size;
  if (random.oneIn(10)) length = random.below(length + 1);
  else if (random.oneIn(10)) length += random.below(9);
  return { id, flags: random.oneIn(16) ? 32 : random.below(32), level: random.oneIn(3) ? random.below(4) : 0, bytes: data(length) };
}

/** Zeros, noise, small numbers, text, or a bit of each. */
function data(length) {
  const style = random.below(6);
  let run = 0;
  let kind = 0;
  return Uint8Array.from({ length }, (_, i) => {
    if (style === 0) return 0;
    if (style === 1) return random.below(256);
    if (style === 2) return i % 8 === 0 ? random.below(4) : 0;
    if (style === 3) return random.oneIn(12) ? 0 : 32 + random.below(95);
    if (style === 4) return random.oneIn(20) ? random.below(256) : 0;
    if (run-- <= 0) [run, kind] = [random.below(12), random.below(4)];
    return [0, random.below(256), 97 + random.below(26), 255][kind];
  });
}

function format(btf, { id, flags, level, bytes }) {
  const options = flags & 32 ? {} : { compact: (flags & 1) !== 0, skipNames: (flags & 2) !== 0, emitZeroes: (flags & 4) !== 0, emitStrings: (flags & 8) !== 0, indentString: flags & 16 ? '  ' : undefined, indentLevel: level };
  try {
    return { text: api.formatValue(btf, id, bytes, { ...options, littleEndian: endianness() === 'LE', likeLibbpf: true }), result: btf.resolveSize(id) };
  } catch (error) {
    if (ERRNO[error.code] === undefined) throw error;
    return { text: '', result: ERRNO[error.code], why: error.message };
  }
}
