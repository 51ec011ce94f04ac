#!/usr/bin/env node
// Is every function of the kernel judged alike, for every kind of register in every argument?
//
//   node tools/kfunc-diff.mjs [--type tracing,syscall,sched_cls,xdp] [--only NAME,…] [--show N]
//
// Calls each function that programs may call with one argument of every kind and the others as they should be, and compares errno
// and whole level 2 log. Needs root and bpf(2); loads programs, attaches nothing. Fails when the kernel rejects what the simulation
// accepts.
import { compareAnswers, firstDifference } from './kernel-diff/answers.mjs';
import { askKernel, askSim, vmlinux } from './kernel-diff/judges.mjs';
import { rootlet } from './kernel-diff/rootlet.mjs';
import { Tally } from './kernel-diff/tally.mjs';
import { importTs } from './lib/import-ts.mjs';

const { normalizeLog, parseCase } = rootlet;
const { KFUNC_FACTS } = await importTs('packages/verifier-sim/src/tables/generated/kfuncs.ts');
const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : fallback);
const [FUNC, FUNC_PROTO, PTR] = [12, 13, 2];

/** Program types, and how they get a task into r7. */
const TYPES = {
  tracing: ['prog tracing\nattach trace_raw_tp\nattach_btf btf_trace_sched_switch', 'r7 = *(u64 *)(r6 +8)'],
  syscall: ['prog syscall\nflags 16', 'call bpf_get_current_task_btf\nr7 = r0'],
  sched_cls: ['prog sched_cls', 'r7 = 0'],
  xdp: ['prog xdp', 'r7 = 0'],
  struct_ops: ['prog struct_ops\nattach_btf tcp_congestion_ops', 'r7 = *(u64 *)(r6 +0)'],
};

const HEAD = 'struct val { u64 a[8] }\nstruct own { u64 a; u64 b }\nmap m: array key=4 value=64 entries=1 type=val\nfunc main int main(u64 ctx)\nfunc cb static int cb(u64 a, u64 b)';
const SETUP = `
r6 = r1
TASK
*(u64 *)(r10 -8) = 0
*(u64 *)(r10 -16) = 0
*(u64 *)(r10 -24) = 0
*(u64 *)(r10 -32) = 0
r1 = map[m]
r2 = r10
r2 += -8
call bpf_map_lookup_elem
if r0 == 0 goto out
r8 = r0
r1 = r8
r2 = 64
r3 = 0
r4 = r10
r4 += -48
call bpf_dynptr_from_mem
call bpf_get_prandom_u32
r9 = r0
r1 = subprog[cb]`;

/** Kinds of registers: what puts them into register N. */
const KINDS = {
  unknown: 'rN = r9',
  zero: 'rN = 0',
  one: 'rN = 1',
  context: 'rN = r6',
  task: 'rN = r7',
  walked: 'rN = *(u64 *)(r7 +1280)',
  moved: 'rN = r7\nrN += 8',
  stack: 'rN = r10\nrN += -32',
  unset: 'rN = r10\nrN += -256',
  value: 'rN = r8',
  'value moved': 'rN = r8\nrN += 4',
  map: 'rN = map[m]',
  dynptr: 'rN = r10\nrN += -48',
  function: 'rN = subprog[cb]',
  frame: 'rN = r10',
};

function pointee(type) {
  const id = vmlinux.resolveType(type);
  return id !== 0 && vmlinux.kind(id) === PTR ? vmlinux.resolveType(vmlinux.refType(id)) : undefined;
}

/** What an argument should be, as far as its type says. */
function fitting({ name, type }) {
  const to = pointee(type);
  if (to === undefined) return name.endsWith('__sz') || name.endsWith('__szk') ? 'rN = 8' : 'rN = 0';
  const struct = to === 0 ? 'void' : vmlinux.name(to);
  if (struct === 'task_struct') return KINDS.task;
  if (struct === 'bpf_dynptr') return name.endsWith('__uninit') ? KINDS.unset : KINDS.dynptr;
  if (/^bpf_iter_/.test(struct)) return KINDS.unset;
  if (/^(__sk_buff|xdp_md|sk_buff|xdp_buff)$/.test(struct)) return KINDS.context;
  if (name.endsWith('__map')) return KINDS.map;
  if (to !== 0 && vmlinux.kind(to) === FUNC_PROTO) return KINDS.function;
  return KINDS.stack;
}

function* programs(type) {
  const [head, task] = TYPES[type];
  const wanted = option('only')?.split(',');
  for (const name of Object.keys(KFUNC_FACTS)) {
    if (wanted !== undefined && !wanted.includes(name)) continue;
    const id = vmlinux.findByNameKind(name, FUNC);
    const proto = id === undefined ? undefined : vmlinux.type(vmlinux.type(id).type);
    if (proto === undefined) continue;
    const result = pointee(proto.returnType) === undefined ? '' : 'r1 = *(u8 *)(r0 +0)\n';
    const call = (loads, what) => ({
      name,
      what,
      text: `# ${name}: ${what}\n${head}\n${HEAD}\n---\n${SETUP.replace('TASK', task)}\n${loads.join('\n')}\ncall ${name}\n${result}out:\nr0 = 0\nexit\ncb:\nr0 = 0\nexit\n`,
    });
    const loads = proto.params.map((param, i) => fitting(param).replaceAll('rN', `r${i + 1}`));
    yield call(loads, 'as it should be');
    for (let i = 0; i < proto.params.length; i++) {
      for (const [kind, load] of Object.entries(KINDS)) {
        yield call([...loads.slice(0, i), load.replaceAll('rN', `r${i + 1}`), ...loads.slice(i + 1)], `argument ${i} is ${kind}`);
      }
    }
  }
}

const tally = new Tally();
const seen = new Map();
const most = Number(option('show', 20));
for (const type of option('type', 'tracing,syscall,sched_cls,xdp').split(',')) {
  for (const { name, what, text } of programs(type)) {
    const given = parseCase(text, vmlinux);
    const [real, sim] = [askKernel(given, 2), askSim(given, 2)];
    const comparison = compareAnswers(real, sim);
    tally.add(type, real, comparison);
    if (comparison.differs.length === 0) continue;
    const signature = `${comparison.worst} ${sim.unsupported ?? comparison.signature}`;
    seen.set(signature, (seen.get(signature) ?? 0) + 1);
    if (seen.get(signature) > 1 || seen.size > most) continue;
    console.log(`\n${type}: ${name}: ${what}: ${comparison.differs.join(', ')}; kernel ${real.errno}`);
    if (sim.crash !== undefined) console.log(String(sim.crash.message));
    else if (sim.unsupported !== undefined) console.log(`${sim.unsupported}; kernel: ${real.log.trim().split('\n').at(-2)}`);
    else {
      const { before, real: realLine, sim: simLine } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
      console.log([...before.slice(-1).map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`].join('\n'));
    }
  }
}
for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log(`${String(times).padStart(6)}  ${signature}`);
console.log(`\n${tally.table()}`);
if (tally.total().falseAccept > 0) process.exitCode = 1;
