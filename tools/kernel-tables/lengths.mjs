// How long do instructions become when the kernel translates a program?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeFd, createMap, loadProgram, translatedLength } from '../bpf-syscall.mjs';
import { ROOT } from '../lib/workspace.mjs';

const INSN_BYTES = 8;
/** What a field has that is not mentioned: one instruction, and masks for less than four bytes. */
const USUAL = ['1', '4', '1'];

/** Instructions that a program has more once it is loaded. */
export function growthOf(program) {
  const { errno, log, fd } = loadProgram({ ...program, logLevel: 1, keep: true });
  if (errno !== 0) throw new Error(`a program to be measured: errno ${errno}: ${log}`);
  const length = translatedLength(fd);
  closeFd(fd);
  return length - program.insns.length / INSN_BYTES;
}

/** Whether the kernel makes anything else of accesses to a context. */
export function isTranslated({ load, loadSigned, store }, { reads, signed, writes }) {
  const some = (masks, access, list) => masks.some((mask, off) => [1, 2, 4, 8].some((size) => (mask & size) !== 0 && access(off, size) !== list.length));
  return some(reads, load, []) || some(signed, loadSigned, []) || some(writes, store, []);
}

/** Largest and smallest of the sizes in a mask. */
const largest = (mask) => 2 ** Math.floor(Math.log2(mask));
const sizesOf = (mask) => [1, 2, 4, 8].filter((size) => (mask & size) !== 0);

/** `ContextField.length` of the field at `off`. */
export function fieldLength({ load, loadSame, store, storeImm }, off, reads, writes = 0) {
  const [full, same] = reads === 0 ? [0, 0] : [load(off, largest(reads)), loadSame(off, largest(reads))];
  const enough = sizesOf(reads).find((size) => load(off, size) === full) ?? 4;
  // Whatever cannot be shorter needs no mask.
  const target = enough === sizesOf(reads)[0] && enough >= 4 ? 4 : enough;
  const [stored, storedImm] = writes === 0 ? [0, 0] : [store(off, largest(writes)), storeImm(off, largest(writes))];
  const digits = [full + 1, target, stored + 1, same + 1, storedImm + 1].map(String);
  // What follows from the others, or is usual, is left out.
  const usual = [...USUAL, digits[0], digits[2]];
  while (digits.length > 0 && digits.at(-1) === usual[digits.length - 1]) digits.pop();
  return digits.join('');
}

const SCHED_CLS = 3;
const EXIT = [[0xb7, 0, 0, 0, 0], [0x95]];
/** `w0 /= w1`, `r0 /= r1`, `w0 %= w1`, `r0 %= r1`: signed with an offset of 1. */
const DIVISIONS = [0x3c, 0x3f, 0x9c, 0x9f];
/** Maps that can be looked up, with flags, the size of keys, and whether they hold maps. */
const LOOKUPS = [[1, 0, 4], [2, 0, 4], [5, 0, 4], [6, 0, 4], [9, 0, 4], [10, 0, 4], [11, 1, 8], [12, 0, 4, true], [13, 0, 4, true], [14, 0, 4], [17, 0, 4], [25, 0, 4]];
/** Types that write to packets, and where their contexts have the packet's beginning and end. */
const PACKET_WRITERS = [[3, 76, 80], [4, 76, 80], [6, 0, 4], [12, 76, 80], [14, 76, 80]];
/** Calls that are more than a call, and the case that tells how much when all before it are known. */
const CALLS = [
  ['bpf_timer_set_callback', 'async-callbacks/timer'],
  ['bpf_wq_set_callback_impl', 'async-callbacks/wq'],
  ['bpf_task_work_schedule_signal_impl', 'async-callbacks/task-work-xdp'],
  ['bpf_task_work_schedule_resume_impl', 'async-callbacks/task-work-resume-impl'],
  ['bpf_stream_vprintk_impl', 'kfuncs/stream-print'],
  ['bpf_kptr_xchg', 'kptrs/xchg-null'],
  ['bpf_this_cpu_ptr', 'kptrs/percpu-this'],
  ['bpf_obj_drop_impl', 'lists/pop'],
  ['bpf_obj_new_impl', 'local-objects/new-drop'],
  ['bpf_percpu_obj_drop_impl', 'kptrs/percpu-xchg-plain'],
  ['bpf_percpu_obj_new_impl', 'local-objects/percpu'],
  ['bpf_list_push_front_impl', 'lists/push'],
  ['bpf_list_push_back_impl', 'lists/push-back'],
  ['bpf_rbtree_add_impl', 'rbtrees/add'],
  ['bpf_refcount_acquire_impl', 'refcounts/acquire-add'],
  ['bpf_task_storage_get', 'objects/task-storage'],
  ['bpf_sk_storage_get', 'socket/storage'],
  ['bpf_cgrp_storage_get', 'objects/cgroup-storage'],
  ['bpf_get_branch_snapshot', 'helpers/get-branch-snapshot/called'],
  ['bpf_loop', 'helpers/callbacks/loop'],
];

/** @returns the text of `lengths.ts` */
export async function lengthFile({ assemble, header, uapi }) {
  const growth = (insns, type = SCHED_CLS) => growthOf({ type, insns: assemble(...insns) });
  const divisions = (off) => DIVISIONS.map((code) => [code, growth([[0xb7, 0, 0, 0, 7], [0xb7, 1, 0, 0, 3], [code, 0, 1, off], ...EXIT])]);
  const packetLoads = [[0x30], [0x50, 0, 2], [0x50, 0, 2, 0, 4]].map((load) => growth([[0xbf, 6, 1], [0xb7, 2], load, ...EXIT]));
  const mayGoto = (times) => growth([...Array.from({ length: times }, () => [0xe5, 0, 0, 1]), [0xb7, 1], ...EXIT]);
  const lookups = LOOKUPS.map((map) => [map[0], lookupGrowth(growth, map)]);
  const numbers = ['bpf_get_smp_processor_id', 'bpf_jiffies64'].map((name) => [name, growth([[0x85, 0, 0, 0, uapi.helperId(name)], ...EXIT])]);
  const calls = await callGrowths(new Map([...numbers, ['bpf_map_lookup_elem', new Map(lookups).get(uapi.BPF_MAP_TYPE_ARRAY)]]));
  const writers = PACKET_WRITERS.map(([type, data, end]) => {
    const head = [[0x61, 2, 1, data], [0x61, 3, 1, end], [0xbf, 4, 2], [0x07, 4, 0, 0, 8], [0x2d, 4, 3, 1]];
    return [type, growth([...head, [0x72, 2], ...EXIT], type) - growth([...head, [0x71, 0, 2], ...EXIT], type)];
  });
  const special = ['bpf_loop', 'bpf_this_cpu_ptr', 'bpf_map_lookup_elem'];
  const named = [...calls].filter(([name]) => !special.includes(name));
  const helpers = named.flatMap(([name, more]) => (uapi.helperId(name) === undefined ? [] : [[uapi.helperId(name), more]]));
  const kfuncs = named.filter(([name]) => uapi.helperId(name) === undefined);
  const record = (name, type, entries, key = String) => `export const ${name}: Readonly<Record<${type}, number>> = {\n${entries.filter(([, more]) => more > 0).map(([id, more]) => `  ${key(id)}: ${more},`).join('\n')}\n};`;
  const hex = (code) => `0x${code.toString(16)}`;
  if (packetLoads[0] !== packetLoads[1]) throw new Error('packet loads at a register and at a number are not of one length');
  return `${header('How many instructions more does the kernel make of one when it translates a program?')}
/** By code of divisions by a register. */
${record('DIVISION_GROWTH', 'number', divisions(0), hex)}

/** Likewise, of those that take numbers to have signs. */
${record('SIGNED_DIVISION_GROWTH', 'number', divisions(1), hex)}

/** Packet loads; and what those at a register have more that add a number to it. */
export const LD_ABS_GROWTH = ${packetLoads[0]};
export const LD_IND_OFFSET_LENGTH = ${packetLoads[2] - packetLoads[1]};

/** \`may_goto\`; and the counters that a function with some begins with. */
export const MAY_GOTO_GROWTH = ${mayGoto(2) - mayGoto(1)};
export const COUNTER_LENGTH = ${2 * mayGoto(1) - mayGoto(2)};

/** \`bpf_loop\`, put in line. */
export const LOOP_GROWTH = ${calls.get('bpf_loop')};

/** \`bpf_map_lookup_elem\`, by type of the map. */
${record('LOOKUP_GROWTH', 'number', lookups)}

/** Other helpers. */
${record('HELPER_GROWTH', 'number', helpers.sort(([a], [b]) => a - b))}

/** Helpers that are given an object that every processor has one of. */
export const PERCPU_OBJECT_GROWTH = ${calls.get('bpf_this_cpu_ptr')};

/** Functions of the kernel. */
${record('KFUNC_GROWTH', 'string', kfuncs.sort(([a], [b]) => a.localeCompare(b)))}

/** What programs that write to packets begin with, by program type. */
${record('PACKET_WRITER_LENGTH', 'number', writers)}
`;
}

function lookupGrowth(growth, [type, flags, keySize, holdsMaps = false]) {
  const innerFd = holdsMaps ? createMap({ type: 2, keySize: 4, valueSize: 4, maxEntries: 1 }) : 0;
  const fd = createMap({ type, keySize, valueSize: 4, maxEntries: 1, flags, innerFd });
  if (fd < 0 || innerFd < 0) throw new Error(`map of type ${type}: errno ${-Math.min(fd, innerFd)}`);
  const more = growth([[0x7a, 10, 0, -8, 0], [0xbf, 2, 10], [0x07, 2, 0, 0, -8], [0x18, 1, 1, 0, fd], [0], [0x85, 0, 0, 0, 1], ...EXIT]);
  for (const open of [fd, innerFd]) if (open > 0) closeFd(open);
  return more;
}

/** Solves the cases one after the other: each has calls that are known, and one that is not. */
async function callGrowths(known) {
  const { askKernel, vmlinux } = await import('../kernel-diff/judges.mjs');
  const { parseCase } = (await import('../kernel-diff/rootlet.mjs')).rootlet;
  for (const [name, file] of CALLS) {
    const given = parseCase(readFileSync(join(ROOT, `packages/verifier-sim/test/cases/${file}.case`), 'utf8'), vmlinux);
    const { errno, log, translated } = askKernel(given, 1);
    if (errno !== 0) throw new Error(`${file}: errno ${errno}: ${log}`);
    const called = [...given.asm.matchAll(/call (bpf_\w+)/g)].map(([, callee]) => callee);
    const rest = called.reduce((sum, callee) => sum + (callee === name ? 0 : (known.get(callee) ?? 0)), 0);
    known.set(name, (translated - given.insns.length - rest) / called.filter((callee) => callee === name).length);
  }
  return known;
}
