#!/usr/bin/env node
// Does the simulated verifier judge calls of helpers as the running kernel does?
//
// For program types, helpers they offer, and each argument: passes every kind of register there is, the other arguments being
// right, and compares errno and the whole log at level 2.
//
//   sudo node tools/helper-diff.mjs [--type N[:ATTACH],…] [--helper ID,…] [--show N] [--record FILE]
import { readFileSync, writeFileSync } from 'node:fs';
import { closeFd, createMap, loadBtf, loadProgram } from './bpf-syscall.mjs';
import { importTs } from './lib/import-ts.mjs';

const { verify } = await importTs('packages/verifier-sim/src/index.ts');
const { findHelper } = await importTs('packages/verifier-sim/src/tables/helpers.ts');
const { findProgType } = await importTs('packages/verifier-sim/src/tables/prog-types.ts');
const { BtfBuilder, parseBtf } = await importTs('packages/btf/src/index.ts');
const { decodeInsns } = await importTs('packages/insn/src/index.ts');
const uapi = await importTs('packages/uapi/src/index.ts');

const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback);

const vmlinux = parseBtf(readFileSync('/sys/kernel/btf/vmlinux'));
const BTF_KINDS = { struct: 4, typedef: 8, func: 12 };

/** What programs of tracing types are attached to. */
const TARGETS = { '26:23': ['typedef', 'btf_trace_kfree_skb'], '26:28': ['func', 'bpf_iter_task'], '27:0': ['struct', 'tcp_congestion_ops'] };

function targetOf(type, attachType) {
  const [kind, name] = TARGETS[`${type}:${attachType}`] ?? [];
  return name === undefined ? 0 : vmlinux.findByNameKind(name, BTF_KINDS[kind]);
}

const memberOff = (struct, name) => vmlinux.type(vmlinux.findByNameKind(struct, 4)).members.find((member) => member.name === name).bitOff / 8;
const [LAST_WAKEE, REAL_PARENT] = ['last_wakee', 'real_parent'].map((name) => memberOff('task_struct', name));

const SPECS = {
  array: { type: 2, keySize: 4, valueSize: 16, maxEntries: 4 },
  hash: { type: 1, keySize: 8, valueSize: 16, maxEntries: 4 },
  prog_array: { type: 3, keySize: 4, valueSize: 4, maxEntries: 4 },
  perf: { type: 4, keySize: 4, valueSize: 4, maxEntries: 4 },
  percpu_array: { type: 6, keySize: 4, valueSize: 16, maxEntries: 4 },
  stack_trace: { type: 7, keySize: 4, valueSize: 80, maxEntries: 4 },
  cgroup_array: { type: 8, keySize: 4, valueSize: 4, maxEntries: 4 },
  lru: { type: 9, keySize: 4, valueSize: 8, maxEntries: 4 },
  devmap: { type: 14, keySize: 4, valueSize: 4, maxEntries: 4 },
  sockmap: { type: 15, keySize: 4, valueSize: 4, maxEntries: 4 },
  cpumap: { type: 16, keySize: 4, valueSize: 4, maxEntries: 2 },
  xskmap: { type: 17, keySize: 4, valueSize: 4, maxEntries: 4 },
  sockhash: { type: 18, keySize: 4, valueSize: 4, maxEntries: 4 },
  reuseport: { type: 20, keySize: 4, valueSize: 8, maxEntries: 4 },
  queue: { type: 22, keySize: 0, valueSize: 8, maxEntries: 4 },
  stack: { type: 23, keySize: 0, valueSize: 8, maxEntries: 4 },
  ringbuf: { type: 27, keySize: 0, valueSize: 0, maxEntries: 4096 },
  task_storage: { type: 29, keySize: 4, valueSize: 8, maxEntries: 0, flags: 1, withBtf: true },
  cgrp_storage: { type: 32, keySize: 4, valueSize: 8, maxEntries: 0, flags: 1, withBtf: true },
  sk_storage: { type: 24, keySize: 4, valueSize: 8, maxEntries: 0, flags: 1, withBtf: true },
  bloom: { type: 30, keySize: 0, valueSize: 8, maxEntries: 4 },
  rdonly: { type: 2, keySize: 4, valueSize: 16, maxEntries: 4, flags: 128 },
  wronly: { type: 2, keySize: 4, valueSize: 16, maxEntries: 4, flags: 256 },
};
const maps = new Map();
const fds = {};

let mapBtfFd;

/** BTF of maps that must have it: keys of 4 bytes, values of 8. */
function mapBtf() {
  if (mapBtfFd === undefined) {
    const builder = new BtfBuilder();
    builder.addInt('unsigned int', 4, 0);
    builder.addInt('unsigned long', 8, 0);
    mapBtfFd = loadBtf(builder.encode());
  }
  return { btfFd: mapBtfFd, btfKey: 1, btfValue: 2 };
}

/** New maps: some of them remember the type of the first program that uses them. */
function createMaps() {
  for (const fd of maps.keys()) closeFd(fd);
  maps.clear();
  for (const [name, spec] of Object.entries(SPECS)) {
    const fd = createMap(spec.withBtf ? { ...spec, ...mapBtf() } : spec);
    if (fd < 0) throw new Error(`map ${name}: errno ${-fd}`);
    fds[name] = fd;
    maps.set(fd, { name: '', flags: 0, ...spec });
  }
}

function assemble(list) {
  const bytes = Buffer.alloc(list.length * 8);
  list.forEach(([code, dst = 0, src = 0, off = 0, imm = 0], i) => {
    bytes[i * 8] = code;
    bytes[i * 8 + 1] = (src << 4) | dst;
    bytes.writeInt16LE(off, i * 8 + 2);
    bytes.writeInt32LE(imm | 0, i * 8 + 4);
  });
  return bytes;
}

const mov = (dst, imm) => [0xb7, dst, 0, 0, imm];
const copy = (dst, src) => [0xbf, dst, src];
const add = (dst, imm) => [0x07, dst, 0, 0, imm];
const loadMap = (dst, name) => [[0x18, dst, 1, 0, fds[name] ?? 0], [0]];

/** Packet pointers' offsets in the context. */
const PACKET = { 3: [76, 80, 0x61], 4: [76, 80, 0x61], 6: [0, 4, 0x61], 8: [76, 80, 0x61], 10: [76, 80, 0x61], 12: [76, 80, 0x61], 14: [76, 80, 0x61], 16: [0, 8, 0x79], 21: [0, 8, 0x79], 22: [76, 80, 0x61], 25: [8, 16, 0x79] };

/** What the kinds of registers need before arguments are set: R6 context, R7 unknown, R8 map value, R9 nullable or packet. */
function prelude(type, wants) {
  const list = [copy(6, 1)];
  if (wants.has('stack')) for (let off = -64; off < 0; off += 8) list.push([0x7a, 10, 0, off, 0]);
  if (wants.has('value') || wants.has('nullable')) {
    const lookup = [[0x62, 10, 0, -68, 1], copy(2, 10), add(2, -68), ...loadMap(1, 'lru'), [0x85, 0, 0, 0, 1]];
    list.push(...lookup);
    if (wants.has('value')) list.push([0x55, 0, 0, 2, 0], mov(0, 1), [0x95], copy(8, 0));
    else list.push(copy(9, 0));
  }
  if (wants.has('reserved')) list.push(...loadMap(1, 'ringbuf'), mov(2, 16), mov(3, 0), [0x85, 0, 0, 0, 131], [0x55, 0, 0, 2, 0], mov(0, 1), [0x95], copy(8, 0));
  if (wants.has('packet')) {
    const [data, end, code] = PACKET[type];
    list.push([code, 9, 6, data], [code, 3, 6, end], copy(4, 9), add(4, 16), [0xbd, 4, 3, 2], mov(0, 1), [0x95]);
  }
  if (wants.has('task')) list.push([0x85, 0, 0, 0, 158], copy(8, 0));
  if (wants.has('arg')) list.push([0x79, 8, 6, type === 27 ? 0 : 0]);
  if (wants.has('seq')) list.push([0x79, 8, 6, 0], [0x79, 8, 8, 0]);
  list.push([0x85, 0, 0, 0, 7], copy(7, 0));
  return list;
}

/** Kinds of registers: what they need, and how argument `r` becomes one. */
const SHAPES = {
  uninit: [[], () => []],
  zero: [[], (r) => [mov(r, 0)]],
  one: [[], (r) => [mov(r, 1)]],
  eight: [[], (r) => [mov(r, 8)]],
  twelve: [[], (r) => [mov(r, 12)]],
  '4096': [[], (r) => [mov(r, 4096)]],
  negative: [[], (r) => [mov(r, -1)]],
  huge: [[], (r) => [mov(r, 1 << 29)]],
  unknown: [[], (r) => [copy(r, 7)]],
  'to 15': [[], (r) => [copy(r, 7), [0x57, r, 0, 0, 15]]],
  '1 to 16': [[], (r) => [copy(r, 7), [0x57, r, 0, 0, 15], add(r, 1)]],
  'signed small': [[], (r) => [copy(r, 7), [0x57, r, 0, 0, 15], add(r, -1)]],
  ctx: [[], (r) => [copy(r, 6)]],
  'ctx moved': [[], (r) => [copy(r, 6), add(r, 4)]],
  stack: [['stack'], (r) => [copy(r, 10), add(r, -64)]],
  'stack misaligned': [['stack'], (r) => [copy(r, 10), add(r, -61)]],
  'stack uninit': [[], (r) => [copy(r, 10), add(r, -256)]],
  'stack top': [['stack'], (r) => [copy(r, 10), add(r, -4)]],
  'stack above': [[], (r) => [copy(r, 10), add(r, 8)]],
  'stack below': [[], (r) => [copy(r, 10), add(r, -520)]],
  'stack variable': [['stack'], (r) => [copy(r, 7), [0x57, r, 0, 0, 8], [0x0f, r, 10], add(r, -64)]],
  fp: [[], (r) => [copy(r, 10)]],
  value: [['value'], (r) => [copy(r, 8)]],
  'value moved': [['value'], (r) => [copy(r, 8), add(r, 4)]],
  'value variable': [['value'], (r) => [copy(r, 7), [0x57, r, 0, 0, 7], [0x0f, r, 8]]],
  nullable: [['nullable'], (r) => [copy(r, 9)]],
  reserved: [['reserved'], (r) => [copy(r, 8)]],
  'reserved moved': [['reserved'], (r) => [copy(r, 8), add(r, 4)]],
  packet: [['packet'], (r) => [copy(r, 9)]],
  'packet beyond': [['packet'], (r) => [copy(r, 9), add(r, 12)]],
  task: [['task'], (r) => [copy(r, 8)]],
  'task moved': [['task'], (r) => [copy(r, 8), add(r, 8)]],
  'task plain': [['task'], (r) => [[0x79, r, 8, LAST_WAKEE]]],
  'task rcu': [['task'], (r) => [[0x79, r, 8, REAL_PARENT]]],
  'task other': [['task'], (r) => [[0x79, r, 8, memberOff('task_struct', 'signal')]]],
  'task void': [['task'], (r) => [[0x79, r, 8, memberOff('task_struct', 'stack')]]],
  argument: [['arg'], (r) => [copy(r, 8)]],
  seq: [['seq'], (r) => [copy(r, 8)]],
  ...Object.fromEntries(Object.keys(SPECS).map((name) => [`map ${name}`, [[], (r) => loadMap(r, name)]])),
};

const MAP_OF = { 156: 'task_storage', 157: 'task_storage', 210: 'cgrp_storage', 211: 'cgrp_storage', 107: 'sk_storage', 108: 'sk_storage', 12: 'prog_array', 22: 'perf', 25: 'perf', 55: 'perf', 27: 'stack_trace', 33: 'cgroup_array', 37: 'cgroup_array', 51: 'devmap', 52: 'sockmap', 60: 'sockmap', 53: 'sockmap', 70: 'sockhash', 71: 'sockhash', 72: 'sockhash', 82: 'reuseport', 87: 'queue', 88: 'queue', 89: 'queue', 130: 'ringbuf', 131: 'ringbuf', 134: 'ringbuf', 195: 'percpu_array' };

const OBJECTS = { task_struct: 'task', seq_file: 'seq', sk_buff: 'argument', tcp_sock: 'argument', sock_common: 'argument' };

/** A register that fits the argument; undefined when the tool has none. */
function fitting(kind, id, struct, type) {
  if (typeof kind === 'object') return 'stack';
  switch (kind) {
    case 'any':
      return 'one';
    case 'ctx':
    case 'ctx_or_null':
      return 'ctx';
    case 'map':
      return `map ${MAP_OF[id] ?? 'array'}`;
    case 'size':
    case 'size0':
    case 'alloc_size':
      return 'eight';
    case 'btf':
    case 'btf_or_null':
      return type === 26 || struct === 'task_struct' ? OBJECTS[struct] : undefined;
    case 'stack_or_null':
    case 'socket_or_null':
      return 'zero';
    case 'ringbuf_mem':
      return 'reserved';
    case 'key':
    case 'value':
    case 'value_or_null':
    case 'value_uninit':
    case 'mem':
    case 'mem_or_null':
    case 'mem_write':
    case 'mem_write_or_null':
    case 'mem_uninit':
    case 'long':
    case 'int':
      return 'stack';
    default:
      return undefined;
  }
}

function programOf(type, id, shapes) {
  const wants = new Set(shapes.flatMap((name) => SHAPES[name][0]));
  const list = prelude(type, wants);
  shapes.forEach((name, i) => list.push(...SHAPES[name][1](i + 1)));
  list.push([0x85, 0, 0, 0, id], mov(0, 1), [0x95]);
  return assemble(list);
}

function simulate(type, attachType, insns, license) {
  try {
    const input = { name: 'test', progType: type, expectedAttachType: attachType, attachBtfId: targetOf(type, attachType), vmlinux, insns: decodeInsns(new Uint8Array(insns), true), license, mapByFd: (fd) => maps.get(fd) };
    const { errno, log } = verify(input, { logLevel: 2 });
    return { errno, log: withoutAddresses(log) };
  } catch (error) {
    return { errno: -1, log: '', thrown: error.code === 'UNSUPPORTED' ? error.message : String(error.stack) };
  }
}

/** Addresses of maps are the machine's. */
const withoutAddresses = (log) => log.replace(/\(18\) r(\d+) = 0xffff[0-9a-f]{12}/g, '(18) r$1 = MAP');
const withoutLast = (log) => log.replace(/processed \d+ insns.*\n/, '').replace(/^\(\d+\) live stack update.*\n/m, '');
const tally = { programs: 0, errnoDiffers: 0, lastLineDiffers: 0, logDiffers: 0, falseAccepts: 0, unsupported: 0, thrown: 0 };
const shown = new Map();
const limit = Number(option('show', '15'));
const recorded = [];

function lastLine(log) {
  return withoutLast(log).trimEnd().split('\n').at(-1) ?? '';
}

function compare(type, attachType, id, shapes, license) {
  const insns = programOf(type, id, shapes);
  const kernel = loadProgram({ type, attachType, attachBtfId: targetOf(type, attachType), insns, license });
  kernel.log = withoutAddresses(kernel.log);
  const ours = simulate(type, attachType, insns, license);
  tally.programs++;
  let what;
  if (ours.thrown?.startsWith('not supported')) {
    tally.unsupported++;
    what = ours.thrown;
  } else if (ours.thrown !== undefined) {
    tally.thrown++;
    what = ours.thrown.split('\n')[0];
  } else if (kernel.errno !== ours.errno) {
    tally.errnoDiffers++;
    if (kernel.errno !== 0 && ours.errno === 0) tally.falseAccepts++;
    what = `errno ${kernel.errno} / ${ours.errno}`;
  } else if (kernel.errno !== 0 && lastLine(kernel.log) !== lastLine(ours.log)) {
    tally.lastLineDiffers++;
    what = 'last line';
  } else if (kernel.log !== ours.log) {
    tally.logDiffers++;
    what = 'log';
  }
  if (what === undefined) return;
  const key = `${id} ${what}`;
  shown.set(key, (shown.get(key) ?? 0) + 1);
  if (shown.get(key) > 1 || shown.size > limit) return;
  console.log(`\n${uapi.progTypeStr(type)}:${attachType} ${uapi.helperName(id)}#${id}(${shapes.join(', ')}) [${license}]: ${what}`);
  if (what.startsWith('not supported')) return;
  if (what !== 'log') {
    console.log(`  kernel: ${lastLine(kernel.log)}\n  ours:   ${ours.thrown ?? lastLine(ours.log)}`);
    return;
  }
  const a = kernel.log.split('\n');
  const b = ours.log.split('\n');
  const at = a.findIndex((line, i) => line !== b[i]);
  console.log(`  kernel: ${a.slice(at, at + 2).join('\n          ')}\n  ours:   ${ours.thrown ?? b.slice(at, at + 2).join('\n          ')}`);
}

const types = option('type', '1,3,6,8:1,2,5,14,13:3,16:7,21:39,25:22,18:8,26:23,26:28,27:0').split(',').map((text) => text.split(':').map(Number));
const only = option('helper')?.split(',').map(Number);
for (const [type, attachType = 0] of types) {
  const row = findProgType(type);
  createMaps();
  for (let id = 1; uapi.helperName(id) !== undefined; id++) {
    if (only !== undefined && !only.includes(id)) continue;
    const helper = findHelper(id, type);
    const fits = helper.args.map((kind, at) => fitting(kind, id, helper.structs?.[at + 1], type)).map((name) => (name === 'seq' && attachType !== 28 ? undefined : name === 'argument' && (type !== 26 || attachType === 28) ? undefined : name));
    if (!row.allowsHelper(id, attachType)) {
      if (type === 6) compare(type, attachType, id, [], 'GPL');
      continue;
    }
    compare(type, attachType, id, fits.includes(undefined) ? [] : fits, 'Proprietary');
    for (let i = 0; i <= fits.length; i++) {
      if (fits.slice(0, i).includes(undefined)) break;
      const rest = fits.slice(i + 1).map((name) => name ?? 'one');
      for (const shape of i === fits.length ? ['one'] : Object.keys(SHAPES)) {
        if (SHAPES[shape][0].includes('packet') && PACKET[type] === undefined) continue;
        if (SHAPES[shape][0].includes('arg') && TARGETS[`${type}:${attachType}`] === undefined) continue;
        if (SHAPES[shape][0].includes('seq') && attachType !== 28) continue;
        const shapes = i === fits.length ? fits : [...fits.slice(0, i), shape, ...rest];
        const wants = new Set(shapes.flatMap((name) => SHAPES[name][0]));
        if (['task', 'arg', 'seq', 'value', 'reserved'].filter((name) => wants.has(name)).length > 1) continue;
        if ((wants.has('packet') && wants.has('nullable')) || (wants.has('value') && (wants.has('nullable') || wants.has('reserved')))) continue;
        compare(type, attachType, id, shapes, 'GPL');
      }
    }
  }
}
console.log(`\n${JSON.stringify(tally)}`);
if (option('record') !== undefined) writeFileSync(option('record'), JSON.stringify(recorded));
const bad = [...shown.entries()].sort((x, y) => y[1] - x[1]).slice(0, 40);
console.log(bad.map(([key, count]) => `${count} × ${uapi.helperName(Number.parseInt(key, 10))}#${key}`).join('\n'));
