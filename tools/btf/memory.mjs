// How much memory does parsing take, in sizes of the blob? Run by `node tools/btf-mutate.mjs --memory`, with --expose-gc.
import { BtfBuilder, parseBtf, parseBtfExt } from '../../packages/btf/src/index.ts';

const LIMIT = 4;
const MIB = 1 << 20;

function header(typeLen, strLen, fill, little = true) {
  const bytes = new Uint8Array(24 + typeLen + strLen);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  for (const [at, value] of [[4, 24], [8, 0], [12, typeLen], [16, typeLen], [20, strLen]])
    view.setUint32(at, value, little);
  const words = new Uint32Array(typeLen / 4);
  fill(words);
  words.forEach((word, i) => view.setUint32(24 + 4 * i, word, little));
  return bytes;
}

/** Records of so many words, all alike. */
const records = (record, size, strLen = 1, little = true) => {
  const count = Math.floor(size / (4 * record.length));
  return header(4 * record.length * count, strLen, (words) => {
    for (let i = 0; i < count; i++)
      words.set(record, i * record.length);
  }, little);
};

const KIND = (kind, vlen = 0) => (kind << 24) | vlen;
const odd = (bytes) => {
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes, 1);
  return copy.subarray(1);
};

function shapes(size) {
  const of = (name, bytes) => ({ name, bytes: bytes.length, run: () => parseBtf(bytes) });
  const fwds = records([0, KIND(7), 0], size);
  const tagged = new BtfBuilder();
  tagged.addString('.text');
  const btf = tagged.build();
  // Sections of .BTF.ext with one record each: 16 bytes of input for an object.
  const ext = (perSection) => {
    const sections = Math.floor(size / (8 + 8 * perSection));
    const len = 4 + sections * (8 + 8 * perSection);
    const bytes = new Uint8Array(24 + len);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    view.setUint32(4, 24, true);
    view.setUint32(12, len, true);
    view.setUint32(16, len, true);
    view.setUint32(24, 8, true);
    for (let i = 0, at = 28; i < sections; i++, at += 8 + 8 * perSection) {
      view.setUint32(at, 1, true);
      view.setUint32(at + 4, perSection, true);
    }
    return bytes;
  };
  const one = ext(1);
  const none = ext(0);
  return [
    of('12-byte records', fwds), of('12-byte records, unaligned', odd(fwds)), of('12-byte records, other byte order', records([0, KIND(7), 0], size, 1, false)),
    of('16-byte records', records([0, KIND(1), 4, 32], size)), of('declaration tags', records([0, KIND(17), 1, 0xffff_ffff], size)),
    of('structs of one member', records([0, KIND(4, 1), 4, 0, 1, 0], size)), of('one struct of many members', header(4 * (3 + 3 * Math.floor(size / 12)), 1, (words) => (words[1] = KIND(4, Math.floor(size / 12)), words[2] = 4))),
    of('nothing but strings', header(0, size, () => undefined)),
    { name: '.BTF.ext sections of one record', bytes: one.length, run: () => parseBtfExt(one, { btf }) },
    { name: '.BTF.ext sections of no record', bytes: none.length, run: () => parseBtfExt(none, { btf }) },
  ];
}

const gc = globalThis.gc;
if (gc === undefined)
  throw new Error('run with --expose-gc');

/** Bytes on the heap and in array buffers. */
function used() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What stays, and what was allocated in all while nothing could be collected (for small blobs) or what was seen right after. */
function measure(shape) {
  shape.run();
  gc?.();
  gc?.();
  const before = used();
  let result;
  let code = 'parsed';
  try {
    result = shape.run();
  } catch (error) {
    code = error.code;
  }
  // Nothing was collected since, unless there was so much of it that the engine had to.
  const peak = used() - before;
  gc?.();
  gc?.();
  const kept = used() - before;
  if (result === before)
    throw new Error('never');
  return { kept, peak, code };
}

let failed = 0;
for (const size of [MIB, 8 * MIB]) {
  for (const shape of shapes(size)) {
    let worst = { kept: 0, peak: 0, code: '' };
    try {
      worst = measure(shape);
    } catch (error) {
      worst = { kept: 0, peak: 0, code: error.code ?? String(error) };
    }
    const peak = worst.peak / shape.bytes;
    const kept = worst.kept / shape.bytes;
    // What stays is measured exactly. What was seen at most has garbage of the young generation in it, a constant that 1 MiB covers.
    const isOver = worst.kept > LIMIT * shape.bytes || worst.peak > LIMIT * shape.bytes + MIB;
    if (isOver)
      failed++;
    console.log(`${isOver ? 'OVER ' : 'ok   '} ${(shape.bytes / MIB).toFixed(1).padStart(4)} MiB ${shape.name.padEnd(38)} ${worst.code.padEnd(14)} at most ${peak.toFixed(2)}, kept ${kept.toFixed(2)} sizes of the blob`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
