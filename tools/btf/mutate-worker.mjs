// What does one damaged blob do? Runs in a worker that tools/btf-mutate.mjs watches: a blob that hangs stops the counter.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { findSection, parseElf } from '../../packages/elf/src/index.ts';
import { BtfBuilder, decodeValue, dedupBtf, dumpC, dumpJson, dumpRaw, encodeBtfExt, encodeValue, findPath, formatDeclaration, formatFuncProto, formatType, formatValue, iterateMembers, parseBtf, parseBtfExt, } from '../../packages/btf/src/index.ts';
import { Random } from './random.mjs';

const order = workerData;
const counter = new Int32Array(order.counter);
const counts = {};
const NASTY = [0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

function load(root) {
  const fixtures = join(root, 'packages/btf/test/fixtures');
  const read = (path) => new Uint8Array(readFileSync(path));
  const list = [];
  const base = parseBtf(read(join(fixtures, 'helpers.el.btf')));
  for (const name of readdirSync(fixtures)) {
    if (name.endsWith('.btf'))
      list.push({ name, bytes: read(join(fixtures, name)), sort: 'raw' });
    if (name.endsWith('.btfext'))
      list.push({ name, bytes: read(join(fixtures, name)), sort: 'ext', btf: parseBtf(read(join(fixtures, name.replace('.btfext', '.btf')))) });
    if (!name.endsWith('.el.btf'))
      continue;
    const split = new BtfBuilder({ base });
    split.addBtf(parseBtf(read(join(fixtures, name))));
    list.push({ name: `split ${name}`, bytes: dedupBtf(split.build()).builder.encode(), sort: 'split', base });
  }
  const objects = join(root, 'docs/examples/linking');
  for (const name of readdirSync(objects).filter((file) => file.endsWith('.o')).slice(0, 24))
    list.push({ name, bytes: read(join(objects, name)), sort: 'elf' });
  return list;
}

function damage(seedling, random) {
  const copy = seedling.bytes.slice();
  const view = new DataView(copy.buffer);
  // Half of the damage goes to where types are, behind the header.
  for (let n = 1 + random.below(6); n > 0; n--) {
    const width = [1, 2, 4, 4, 4][random.below(5)] ?? 4;
    let at = random.below(random.oneIn(4) ? Math.min(64, copy.length) : copy.length);
    if (!random.oneIn(8))
      at -= at % width;
    if (at + width > copy.length)
      continue;
    const little = seedling.sort === 'split' || !/\.(eb|bpfeb)\./.test(seedling.name);
    const pick = random.below(6);
    const value = pick === 0 ? NASTY[random.below(NASTY.length)] ?? 0 : pick === 1 ? ((random.below(22) << 24) | random.below(4) | (random.oneIn(2) ? 0x8000_0000 : 0)) >>> 0 : pick < 5 ? random.below(128) : random.next();
    if (width === 1)
      view.setUint8(at, value & 0xff);
    else if (width === 2)
      view.setUint16(at, value & 0xffff, little);
    else
      view.setUint32(at, value, little);
  }
  if (random.oneIn(12))
    return copy.slice(0, random.below(copy.length + 1));
  // Behind an odd byte, so that words stand unaligned.
  if (random.oneIn(6)) {
    const odd = new Uint8Array(copy.length + 1);
    odd.set(copy, 1);
    return odd.subarray(1);
  }
  return copy;
}

/** Only errors with a code are allowed. */
function attempt(what, run) {
  try {
    run();
    counts[what] = (counts[what] ?? 0) + 1;
    return true;
  } catch (error) {
    const { name, code } = error;
    if ((name === 'DecodeError' || name === 'UnsupportedError') && typeof code === 'string') {
      counts[code] = (counts[code] ?? 0) + 1;
      return false;
    }
    throw new Error(`${what}: ${error.stack ?? String(error)}`);
  }
}

function consume(chunks) {
  let chars = 0;
  for (const chunk of chunks)
    chars += chunk.length;
  if (chars > 50_000_000)
    throw new Error(`${chars} characters`);
}

/** One of the things that can be done with types: all of them with every blob would take twenty times as long. */
function use(btf, random) {
  const someId = () => random.below(btf.typeCount);
  const actions = [
    ['types', () => {
        for (let n = 0; n < 10; n++) {
          const id = someId();
          attempt('type', () => btf.type(id));
          attempt('size', () => btf.resolveSize(id) + btf.alignOf(id));
          attempt('tags', () => btf.declTags(id));
          attempt('format', () => formatType(btf, id) + formatDeclaration(btf, id, 'x'));
          attempt('proto', () => formatFuncProto(btf, id));
          attempt('members', () => [...iterateMembers(btf, id)]);
          attempt('find', () => btf.findByName(btf.name(id)));
        }
      }],
    ['raw', () => attempt('dumpRaw', () => consume(dumpRaw(btf)))],
    ['json', () => attempt('dumpJson', () => consume(dumpJson(btf)))],
    ['c', () => attempt('dumpC', () => consume(dumpC(btf)))],
    ['dedup', () => attempt('dedup', () => {
        const once = dedupBtf(btf).builder.build(btf.littleEndian);
        if (once.typeCount > btf.typeCount)
          throw new Error('dedup adds types');
        if (random.oneIn(4) && dedupBtf(once).builder.typeCount !== once.typeCount)
          throw new Error('dedup of a deduplicated BTF finds more');
      })],
    ['build', () => attempt('build', () => {
        if (BtfBuilder.from(btf).build(btf.littleEndian).typeCount !== btf.typeCount)
          throw new Error('a copy has other types');
      })],
    ['data', () => {
        for (let n = 0; n < 6; n++) {
          const id = someId();
          let size = 16;
          if (attempt('size', () => (size = btf.resolveSize(id))) && size > 4096)
            continue;
          const data = Uint8Array.from({ length: Math.max(0, size + random.below(3) - 1) }, () => (random.oneIn(3) ? random.below(256) : 0));
          attempt('decode', () => {
            const value = decodeValue(btf, id, data, { charsAsText: random.oneIn(2), enumNames: random.oneIn(2) });
            attempt('encode', () => encodeValue(btf, id, value));
          });
          attempt('print', () => formatValue(btf, id, data, { emitZeroes: random.oneIn(2), emitStrings: random.oneIn(2), likeLibbpf: random.oneIn(2) }));
        }
      }],
    ['path', () => {
        for (let n = 0; n < 2; n++) {
          const id = someId();
          for (const path of ['.a', '->next', '[1].x.y', '.point.x', '.next->next->grid[1][2]', '.tail[3]'])
            attempt('path', () => findPath(btf, path, id));
        }
      }],
  ];
  // Whole dumps, dedup and copies take most of the time.
  const light = actions.filter(([name]) => name === 'types' || name === 'data' || name === 'path');
  random.pick(random.oneIn(3) ? actions : light)[1]();
}

function run(seedling, bytes, random) {
  if (seedling.sort === 'elf') {
    attempt('elf', () => {
      const elf = parseElf(bytes);
      const data = findSection(elf, '.BTF')?.data.bytes;
      if (data === undefined)
        return;
      const btf = parseBtf(data);
      const ext = findSection(elf, '.BTF.ext')?.data.bytes;
      if (ext !== undefined)
        attempt('elf ext', () => parseBtfExt(ext, { btf }).lineInfo.forEach((section) => section.records.length));
      use(btf, random);
    });
  } else if (seedling.sort === 'ext') {
    const { btf } = seedling;
    if (btf === undefined)
      return;
    attempt('ext', () => {
      const ext = parseBtfExt(bytes, { btf });
      for (const section of [...ext.funcInfo, ...ext.lineInfo, ...ext.coreRelos])
        if (section.records.length > bytes.length)
          throw new Error('more records than bytes');
      encodeBtfExt(ext, { littleEndian: true, addString: () => 0 });
      dedupBtf(btf, ext);
    });
  } else {
    attempt(seedling.sort, () => use(parseBtf(bytes, { base: seedling.base }), random));
  }
}

// A stack for every error takes more time than all the rest; a single blob shows it.
if (order.to - order.from > 1)
  Error.stackTraceLimit = 0;
const seedlings = load(order.root);
for (let blob = order.from; blob < order.to; blob++) {
  Atomics.store(counter, 0, blob);
  const random = new Random(Math.imul(order.seed, 0x9e37_79b1) ^ Math.imul(blob, 0x85eb_ca6b));
  // .BTF.ext and objects now and then, raw types mostly.
  const seedling = random.pick(seedlings);
  const bytes = damage(seedling, random);
  try {
    run(seedling, bytes, random);
  } catch (error) {
    parentPort?.postMessage({ failed: blob, seedling: seedling.name, message: error.message, bytes });
  }
}
parentPort?.postMessage({ done: true, counts });
