#!/usr/bin/env node
// Who may do what, says the running kernel: which helper a program type may call, which bytes of its context it may touch, what
// it may return, whether it may read and write packets, and what the kernel makes of instructions that it translates.
//
//   sudo node tools/kernel-tables.mjs          writes packages/verifier-sim/src/tables/generated/*.ts
//   sudo node tools/kernel-tables.mjs --check  compares with what is there, changes nothing
//   … --only socket-fields.ts,kfuncs.ts        some of them
//   … --facts FILE.json                        writes what is found as data, for tools/kernel-profile.mjs
//
// Everything is found by loading small programs with bpf(2) and reading the verifier's answer; nothing is attached.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { importTs } from './lib/import-ts.mjs';
import { loadProgram } from './bpf-syscall.mjs';
import { fieldLength, growthOf, isTranslated, lengthFile } from './kernel-tables/lengths.mjs';
import { kfuncFile } from './kernel-tables/kfuncs.mjs';
import { tracedFile } from './kernel-tables/traced.mjs';
import { vmlinuxPart } from './kernel-tables/vmlinux-part.mjs';
import { socketFieldFile } from './kernel-tables/socket-fields.mjs';

const folder = fileURLToPath(new URL('../packages/verifier-sim/src/tables/generated/', import.meta.url));
const uapi = await importTs('packages/uapi/src/index.ts');
const { parseBtf } = await importTs('packages/btf/src/index.ts');
const vmlinux = () => parseBtf(readFileSync('/sys/kernel/btf/vmlinux'));

/** Program types with the expected attach types that tell rules apart; the first one stands for those that are not listed. */
const PROBED = [
  [1, 0], [2, 0, 42, 48, 56, 57], [3, 0], [4, 0], [5, 0], [6, 0, 33, 35], [7, 0], [8, 0, 1], [9, 2, 34, 12, 13], [10, 0], [11, 0], [12, 0], [13, 3],
  [14, 0], [15, 6], [16, 7], [17, 0], [18, 8, 9, 10, 11, 14, 15, 19, 20, 29, 30, 31, 32, 49, 50, 51, 52, 53], [19, 0], [21, 39, 40], [22, 17],
  [23, 18], [24, 0], [25, 21, 22], [26, 23, 28], [27, 0], [30, 36], [31, 0], [32, 45],
];
/** What programs of these types are attached to: a type in the kernel's BTF, by kind and name. */
const TARGETS = { '26:23': [8, 'btf_trace_sched_switch'], '26:28': [12, 'bpf_iter_task'], '27:0': [4, 'tcp_congestion_ops'] };
const targets = new Map();

function targetOf(type, attachType) {
  const [kind, name] = TARGETS[`${type}:${attachType}`] ?? [];
  if (name !== undefined && !targets.has(name)) targets.set(name, vmlinux().findByNameKind(name, kind));
  return targets.get(name) ?? 0;
}
const SYSCALL = 31;
const TRACING = 26;
const STRUCT_OPS = 27;
const BPF_F_SLEEPABLE = 16;
const LAST_OFFSET = 320;
const LOADS = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 };
const STORES = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b };
const SIGNED_LOADS = { 1: 0x91, 2: 0x89, 4: 0x81 };
const STRUCTS = {
  1: 'SK_BUFF', 3: 'SK_BUFF', 4: 'SK_BUFF', 6: 'XDP_MD', 8: 'SK_BUFF', 9: 'BPF_SOCK', 10: 'SK_BUFF', 11: 'SK_BUFF', 12: 'SK_BUFF', 13: 'BPF_SOCK_OPS',
  14: 'SK_BUFF', 15: 'BPF_CGROUP_DEV_CTX', 16: 'SK_MSG_MD', 18: 'BPF_SOCK_ADDR', 19: 'SK_BUFF', 21: 'SK_REUSEPORT_MD', 22: 'SK_BUFF',
  23: 'BPF_SYSCTL', 25: 'BPF_SOCKOPT', 30: 'BPF_SK_LOOKUP',
};

function assemble(...list) {
  const bytes = Buffer.alloc(list.length * 8);
  list.forEach(([code, dst = 0, src = 0, off = 0, imm = 0], i) => {
    bytes[i * 8] = code;
    bytes[i * 8 + 1] = (src << 4) | dst;
    bytes.writeInt16LE(off, i * 8 + 2);
    bytes.writeInt32LE(imm | 0, i * 8 + 4);
  });
  return bytes;
}

const EXIT_ONE = [[0xb7, 0, 0, 0, 1], [0x95]];

function program([type, attachType], insns) {
  const flags = type === SYSCALL ? BPF_F_SLEEPABLE : 0;
  return { type, attachType, attachBtfId: targetOf(type, attachType), flags, insns: assemble(...insns) };
}

const load = (kind, insns, logLevel = 1) => loadProgram({ ...program(kind, insns), logLevel });

/** Helpers the type may call. */
function probeHelpers(kind) {
  const ids = [];
  for (let id = 1; uapi.helperName(id) !== undefined; id++) {
    const { errno, log } = load(kind, [[0x85, 0, 0, 0, id], ...EXIT_ONE]);
    if (errno !== 0 && /program of this type cannot use helper|unknown func|not allowed in probe/.test(log)) continue;
    ids.push(id);
  }
  return ids;
}

/** Sizes (bits 1, 2, 4, 8) that may be read, read with sign and written at every offset, and pointers that come out. */
function probeContext(kind) {
  const [reads, signed, writes, pointers] = [[], [], [], {}];
  for (let off = 0; off < LAST_OFFSET; off++) {
    let [canRead, canReadSigned, canWrite] = [0, 0, 0];
    for (const size of [1, 2, 4, 8]) {
      const { errno, log } = load(kind, [[0xb7, 0, 0, 0, 1], [LOADS[size], 2, 1, off], [0x95]], 2);
      if (errno === 0) {
        canRead |= size;
        const text = /^1: \(.*; R1=ctx\(\) R2=(.*)$/m.exec(log)?.[1] ?? '';
        if (!text.startsWith('scalar')) pointers[off] = text.replace(/\(.*/, '');
      }
      if (SIGNED_LOADS[size] !== undefined && load(kind, [[0xb7, 0, 0, 0, 1], [SIGNED_LOADS[size], 2, 1, off], [0x95]]).errno === 0) canReadSigned |= size;
      if (load(kind, [[0xb7, 0, 0, 0, 1], [STORES[size], 1, 0, off], [0x95]]).errno === 0) canWrite |= size;
    }
    reads.push(canRead);
    signed.push(canReadSigned);
    writes.push(canWrite);
  }
  return { reads, signed, writes, pointers, lengths: probeLengths(kind, { reads, signed, writes }) };
}

/** How long loads and stores of fields become; undefined where the kernel leaves them as they are. */
function probeLengths(kind, masks) {
  const growth = (...insns) => growthOf(program(kind, [...insns, ...EXIT_ONE]));
  const access = {
    load: (off, size) => growth([LOADS[size], 2, 1, off]),
    loadSame: (off, size) => growth([LOADS[size], 1, 1, off]),
    loadSigned: (off, size) => growth([SIGNED_LOADS[size], 2, 1, off]),
    store: (off, size) => growth([0xb7, 0, 0, 0, 0], [STORES[size], 1, 0, off]),
    storeImm: (off, size) => growth([STORES[size] - 1, 1, 0, off, 0]),
  };
  return isTranslated(access, masks) ? access : undefined;
}

function probeReturn(kind) {
  const { errno, log } = load(kind, [[0x85, 0, 0, 0, 5], [0x95]]);
  if (errno === 0) return undefined;
  // Before 6.8 the range was printed as a number with unknown bits.
  const bits = /should have been in \(0x([0-9a-f]+); 0x([0-9a-f]+)\)/.exec(log);
  if (bits !== null) return [Number.parseInt(bits[1], 16), Number.parseInt(bits[1], 16) + Number.parseInt(bits[2], 16)];
  const range = /should have been in \[(-?\d+), (-?\d+)\]/.exec(log);
  if (range === null) throw new Error(`program type ${kind}: unexpected answer to an unknown return value:\n${log}`);
  return [Number(range[1]), Number(range[2])];
}

function probeLdAbs(kind) {
  return load(kind, [[0xbf, 6, 1], [0x30], ...EXIT_ONE]).errno === 0;
}

/** Whether packet pointers from the context may be read and written through. */
function probePacket(kind, pointers) {
  const offsetOf = (name) => Object.keys(pointers).find((off) => pointers[off] === name);
  const [data, end] = [offsetOf('pkt'), offsetOf('pkt_end')];
  if (data === undefined) return { packetRead: false, packetWrite: false };
  const code = Number(end) - Number(data) === 8 ? LOADS[8] : LOADS[4];
  const head = [[code, 2, 1, Number(data)], [code, 3, 1, Number(end)], [0xbf, 4, 2], [0x07, 4, 0, 0, 8], [0xb7, 0, 0, 0, 1], [0x2d, 4, 3, 1]];
  return {
    packetRead: load(kind, [...head, [0x71, 5, 2], [0x95]]).errno === 0,
    packetWrite: load(kind, [...head, [0x73, 2, 0], [0x95]]).errno === 0,
  };
}

/** Fields of the context: those of the UAPI struct, else words of eight bytes. */
function fieldsOf(type) {
  const layout = uapi[`${STRUCTS[type]}_LAYOUT`];
  if (layout === undefined) return Array.from({ length: LAST_OFFSET / 8 }, (_, i) => ({ name: `word${i}`, byteOff: i * 8, size: 8 }));
  return layout.fields;
}

function digits(list) {
  const text = list.map((mask) => mask.toString(16)).join('');
  return /^0*$/.test(text) ? '' : text;
}

function rowsOfFields(fields, { reads, signed, writes, pointers, lengths }, lastOffset) {
  const covered = new Set();
  const rows = [];
  // Unnamed padding that may be read all the same.
  const isField = (off) => fields.some(({ byteOff, size }) => off >= byteOff && off < byteOff + size);
  for (let off = 0; off < lastOffset; off++) {
    if ((reads[off] === 0 && (writes[off] ?? 0) === 0) || isField(off)) continue;
    let end = off + 1;
    while (end % 4 !== 0) end++;
    fields.push({ name: `padding${off}`, byteOff: off, size: end - off });
  }
  fields.sort((a, b) => a.byteOff - b.byteOff);
  for (const { name, byteOff, size } of fields) {
    // Members of a union: the first one stands for all.
    if (covered.has(byteOff)) continue;
    const range = (list) => list.slice(byteOff, byteOff + size);
    for (let i = 0; i < size; i++) covered.add(byteOff + i);
    const length = lengths === undefined ? '' : fieldLength(lengths, byteOff, reads[byteOff], writes[byteOff]);
    const row = { name, byteOff, size, read: digits(range(reads)), signed: digits(range(signed)), write: digits(range(writes)), pointer: pointers[byteOff], length };
    if (row.read !== '' || row.write !== '') rows.push(row);
  }
  return rows;
}

function formatRow({ name, byteOff, size, read, signed, write, pointer, length }) {
  const parts = [`name: '${name}'`, `byteOff: ${byteOff}`, `size: ${size}`, `read: '${read}'`];
  // A sign-extending load of 8 bytes does not exist: the same sizes otherwise.
  const expected = read.replace(/[89a-f]/g, (digit) => (Number.parseInt(digit, 16) & 7).toString(16));
  if (signed !== (/^0*$/.test(expected) ? '' : expected)) parts.push(`signed: '${signed}'`);
  if (write !== '') parts.push(`write: '${write}'`);
  if (pointer !== undefined) parts.push(`pointer: '${pointer}'`);
  if (length !== '') parts.push(`length: '${length}'`);
  return `{ ${parts.join(', ')} },`;
}

function header(question) {
  return `// ${question}\n// Generated by tools/kernel-tables.mjs from the answers of bpf(2) of Linux ${release().replace(/-.*/, '')}; do not edit. Facts only; BSD-2-Clause.\n`;
}

function wrap(ids, indent) {
  const lines = [];
  let line = '';
  for (const id of ids) {
    const next = line === '' ? `${id}` : `${line}, ${id}`;
    if (next.length > 110) {
      lines.push(`${line},`);
      line = `${id}`;
    } else line = next;
  }
  if (line !== '') lines.push(`${line},`);
  return lines.map((text) => indent + text).join('\n');
}

const keyOf = ([type, attach], i) => (i === 0 ? `${type}` : `${type}:${attach}`);

const probeFacts = () => PROBED.flatMap(([type, ...attachTypes]) =>
  attachTypes.map((attach, i) => {
    const kind = [type, attach];
    const context = TARGETS[`${type}:${attach}`] === undefined ? probeContext(kind) : { pointers: {} };
    return { key: keyOf(kind, i), type, helpers: probeHelpers(kind), returns: probeReturn(kind), ldAbs: probeLdAbs(kind), context, ...probePacket(kind, context.pointers) };
  }),
);

let probed;
/** What was found for each program type; asked once. */
const allFacts = () => (probed ??= probeFacts());

function helperFile() {
  const facts = allFacts();
  const base = facts[0].helpers.filter((id) => facts.every(({ helpers }) => helpers.includes(id)));
  const lists = facts.flatMap(({ key, helpers, type }) => {
    const main = facts.find((fact) => fact.key === `${type}`);
    if (key !== `${type}` && main.helpers.join() === helpers.join()) return [];
    const rest = helpers.filter((id) => !base.includes(id));
    const [number, attach] = key.split(':');
    const name = uapi.progTypeStr(Number(number)) + (attach === undefined ? '' : `, ${uapi.attachTypeStr(Number(attach))}`);
    return [`  // ${name}\n  '${key}': [\n${wrap(rest, '    ')}\n  ],`];
  });
  return `${header('Which helpers may a program of a type call?')}
/** Helper ids that every program type offers. */
export const BASE_HELPERS: readonly number[] = [
${wrap(base, '  ')}
];

/** Further helper ids by program type, or by \`type:expectedAttachType\` where that one differs. */
export const FURTHER_HELPERS: Readonly<Record<string, readonly number[]>> = {
${lists.join('\n')}
};
`;
}

/** `[lines, key]` groups: one list per distinct context, so that equal ones are written once. */
function contextFiles() {
  const names = new Map();
  const lists = [];
  const keys = [];
  for (const { key, type, context } of allFacts()) {
    // Their rules reach beyond what is probed and are written by hand.
    if (type === 5 || type === SYSCALL || TARGETS[`${type}:0`] !== undefined || type === TRACING) continue;
    const text = rowsOfFields(fieldsOf(type).slice(), context, LAST_OFFSET).map((row) => `  ${formatRow(row)}`).join('\n');
    if (!names.has(text)) {
      const [number, attach] = key.split(':');
      const name = `${uapi.progTypeStr(Number(number))}${attach === undefined ? '' : `_${uapi.attachTypeStr(Number(attach))}`}_FIELDS`.toUpperCase();
      names.set(text, name);
      lists.push(`const ${name}: readonly ContextField[] = [\n${text}\n];`);
    }
    keys.push(`  '${key}': ${names.get(text)},`);
  }
  return `${header('Which bytes of its context may a program of a type read and write?')}import type { ContextField } from '../types.ts';

${lists.join('\n\n')}

/** Fields by program type, or by \`type:expectedAttachType\` where several are probed. */
export const CONTEXT_FIELDS: Readonly<Record<string, readonly ContextField[]>> = {
${keys.join('\n')}
};
`;
}

/** Expected attach types a load of the type may name; undefined when any number will do. */
function probeAttachTypes(type) {
  const load = (attachType) => loadProgram({ type, attachType, attachBtfId: targetOf(type, attachType), flags: type === SYSCALL ? BPF_F_SLEEPABLE : 0, insns: assemble(...EXIT_ONE), logLevel: 0 });
  if (load(1000).errno === 0) return undefined;
  return uapi.ATTACH_TYPE_NAMES.flatMap((_, attachType) => (load(attachType).errno === 0 ? [attachType] : []));
}

function factFile() {
  const attachTypes = PROBED.flatMap(([type]) => {
    // What they are attached to decides.
    if (type === TRACING || type === STRUCT_OPS) return [];
    const list = probeAttachTypes(type);
    return list === undefined ? [] : [`  ${type}: [${list.join(', ')}],`];
  });
  const rows = allFacts().map(({ key, returns, ldAbs, packetRead, packetWrite }) => {
    const range = returns === undefined ? '' : `returns: [${returns[0]}n, ${returns[1]}n], `;
    return `  '${key}': { ${range}ldAbs: ${ldAbs}, packetRead: ${packetRead}, packetWrite: ${packetWrite} },`;
  });
  return `${header('What may a program of a type return, and may it touch packets?')}
/** What was found for one program type. */
export interface ProgFacts {
  /** Least and greatest value of R0 at exit; absent: any. */
  readonly returns?: readonly [bigint, bigint];
  readonly ldAbs: boolean;
  readonly packetRead: boolean;
  readonly packetWrite: boolean;
}

/** By program type, or by \`type:expectedAttachType\` where several are probed. */
export const PROG_FACTS: Readonly<Record<string, ProgFacts>> = {
${rows.join('\n')}
};

/** Expected attach types that a load of the program type may name; absent: any number. */
export const ATTACH_TYPES: Readonly<Record<number, readonly number[]>> = {
${attachTypes.join('\n')}
};
`;
}

const FILES = {
  'helper-availability.ts': helperFile,
  'contexts.ts': contextFiles,
  'prog-facts.ts': factFile,
  'kfuncs.ts': () => kfuncFile({ assemble, header, btf: vmlinux(), kinds: PROBED.flatMap(([type, ...attachTypes]) => attachTypes.map((attach) => [type, attach])), targetOf, written: readFileSync(`${folder}kfuncs.ts`, 'utf8') }),
  'traced.ts': () => tracedFile({ assemble, header, btf: vmlinux(), uapi, written: readFileSync(`${folder}traced.ts`, 'utf8') }),
  'lengths.ts': () => lengthFile({ assemble, header, uapi }),
  'socket-fields.ts': () => socketFieldFile({ assemble, header, rowsOfFields, formatRow, uapi }),
};
/** What older kernels are compared by: no more than a yes or no for each program type. */
function writeFacts(file) {
  const knows = (kind) => load(kind, EXIT_ONE).errno === 0 || load(kind, [[0xb7, 0, 0, 0, 0], [0x95]]).errno === 0;
  const facts = PROBED.flatMap(([type, ...attachTypes]) =>
    attachTypes.map((attach, i) => {
      const kind = [type, attach];
      const known = knows(kind);
      return { key: keyOf(kind, i), known, ...(known ? { helpers: probeHelpers(kind), returns: probeReturn(kind), context: probeContext(kind) } : {}) };
    }),
  );
  const attachTypes = Object.fromEntries(PROBED.map(([type]) => [type, probeAttachTypes(type) ?? null]));
  writeFileSync(file, JSON.stringify({ release: release(), facts, attachTypes }));
}

if (process.argv.includes('--facts')) {
  writeFacts(process.argv[process.argv.indexOf('--facts') + 1]);
  process.exit();
}
/** The part of the kernel's BTF that case files need: not a table, but it, too, is what this kernel says. */
const PART = 'vmlinux-6.18.btf.gz';
const testFolder = fileURLToPath(new URL('../packages/verifier-sim/test/', import.meta.url));
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1].split(',') : [...Object.keys(FILES), PART];
const check = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const name of only) {
  if (name === PART) {
    if (!check) writeFileSync(`${testFolder}data/${PART}`, vmlinuxPart(vmlinux(), `${testFolder}cases`, fileURLToPath(new URL('../packages/verifier-sim/src/tables/', import.meta.url))));
    continue;
  }
  const text = await FILES[name]();
  if (!check) writeFileSync(folder + name, text);
  else if (readFileSync(folder + name, 'utf8') !== text) {
    console.log(`${name} differs from what this kernel says`);
    process.exitCode = 1;
  } else console.log(`${name} agrees with this kernel`);
}
