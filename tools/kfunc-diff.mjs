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

const HEAD = `struct val { u64 a[8] }
struct own { u64 a; u64 b }
struct item { u64 key; struct bpf_list_node ln; struct bpf_rb_node rn; struct bpf_refcount ref }
struct shared { struct bpf_spin_lock lock; struct bpf_list_head head __contains(item, ln); struct bpf_rb_root root __contains(item, rn) }
struct kept { struct task_struct __kptr *task; struct task_struct __kptr_untrusted *plain; struct own __kptr *own; struct own __percpu_kptr *per }
map m: array key=4 value=64 entries=1 type=val
map s: array key=4 value=40 entries=1 type=shared
map k: array key=4 value=32 entries=1 type=kept
map rb: ringbuf key=0 value=0 entries=4096
func main int main(u64 ctx)
func cb static int cb(u64 a, u64 b)`;
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

const LOOKUP = (map) => `r1 = map[${map}]\nr2 = r10\nr2 += -8\ncall bpf_map_lookup_elem`;
const NEW = (type, call) => `r1 = type[${type}]\nr2 = 0\ncall ${call}`;
const CHECKED = 'if r0 == 0 goto out';
const HELD = (rest) => `${LOOKUP('s')}\n${CHECKED}\nr9 = r0\nr1 = r0\ncall bpf_spin_lock\n${rest}`;
const KEPT = (off) => `${LOOKUP('k')}\n${CHECKED}\nr0 = *(u64 *)(r0 +${off})`;
const PACKET = 'r1 = *(u32 *)(r6 +DATA)\nr2 = *(u32 *)(r6 +END)\nr0 = r1\nr1 += 16\nif r1 > r2 goto out';
const SOCKET = 'r1 = r6\nr2 = r10\nr2 += -32\nr3 = 12\nr4 = -1\nr5 = 0\ncall bpf_sk_lookup_tcp';

/** Kinds that take calls to make, as R0: they wait on the stack. */
const MADE = {
  'value or null': LOOKUP('m'),
  'own or null': NEW('own', 'bpf_obj_new_impl'),
  own: `${NEW('own', 'bpf_obj_new_impl')}\n${CHECKED}`,
  'own moved': `${NEW('own', 'bpf_obj_new_impl')}\n${CHECKED}\nr0 += 8`,
  'per CPU or null': NEW('own', 'bpf_percpu_obj_new_impl'),
  'per CPU': `${NEW('own', 'bpf_percpu_obj_new_impl')}\n${CHECKED}`,
  'item or null': NEW('item', 'bpf_obj_new_impl'),
  item: `${NEW('item', 'bpf_obj_new_impl')}\n${CHECKED}`,
  'item moved': `${NEW('item', 'bpf_obj_new_impl')}\n${CHECKED}\nr0 += 8`,
  'item far': `${NEW('item', 'bpf_obj_new_impl')}\n${CHECKED}\nr0 += 24`,
  'new task or null': 'r1 = 1\ncall bpf_task_from_pid',
  'new task': `r1 = 1\ncall bpf_task_from_pid\n${CHECKED}`,
  'new task moved': `r1 = 1\ncall bpf_task_from_pid\n${CHECKED}\nr0 += 8`,
  'cgroup or null': 'r1 = 1\ncall bpf_cgroup_from_id',
  cgroup: `r1 = 1\ncall bpf_cgroup_from_id\n${CHECKED}`,
  'mask or null': 'call bpf_cpumask_create',
  mask: `call bpf_cpumask_create\n${CHECKED}`,
  'record or null': 'r1 = map[rb]\nr2 = 16\nr3 = 0\ncall bpf_ringbuf_reserve',
  record: `r1 = map[rb]\nr2 = 16\nr3 = 0\ncall bpf_ringbuf_reserve\n${CHECKED}`,
  'kept task or null': KEPT(0),
  'kept task': `${KEPT(0)}\n${CHECKED}`,
  'kept plain': KEPT(8),
  'kept own or null': KEPT(16),
  'kept own': `${KEPT(16)}\n${CHECKED}`,
  'kept per CPU': `${KEPT(24)}\n${CHECKED}`,
  'shared or null': LOOKUP('s'),
  lock: `${LOOKUP('s')}\n${CHECKED}`,
  head: `${LOOKUP('s')}\n${CHECKED}\nr0 += 8`,
  'head held': HELD('r0 = r9\nr0 += 8'),
  'root held': HELD('r0 = r9\nr0 += 24'),
  'first held or null': HELD('r1 = r9\nr1 += 24\ncall bpf_rbtree_first'),
  'first held': HELD(`r1 = r9\nr1 += 24\ncall bpf_rbtree_first\n${CHECKED}`),
  'front held': HELD('r1 = r9\nr1 += 8\ncall bpf_list_front'),
  'popped or null': HELD('r1 = r9\nr1 += 8\ncall bpf_list_pop_front'),
  popped: HELD(`r1 = r9\nr1 += 8\ncall bpf_list_pop_front\n${CHECKED}`),
  cast: 'r1 = r9\nr2 = 7\ncall bpf_rdonly_cast',
  'cast void': 'r1 = r9\nr2 = 0\ncall bpf_rdonly_cast',
  'kernel context': 'r1 = r6\ncall bpf_cast_to_kern_ctx',
  packet: PACKET,
  'socket or null': SOCKET,
  socket: `${SOCKET}\n${CHECKED}`,
  'member socket': 'r0 = *(u64 *)(r6 +168)',
  iterator: 'r1 = r10\nr1 += -80\nr2 = 0\nr3 = 3\ncall bpf_iter_num_new\nr0 = r10\nr0 += -80',
  flags: 'r1 = r10\nr1 += -80\ncall bpf_local_irq_save\nr0 = r10\nr0 += -80',
};
const KEEP = 'rN = *(u64 *)(r10 -72)';

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
    const call = (loads, what, making = '') => ({
      name,
      what,
      text: `# ${name}: ${what}\n${head}\n${HEAD}\n---\n${SETUP.replace('TASK', task)}\n${making}\n${loads.join('\n')}\ncall ${name}\n${result}out:\nr0 = 0\nexit\ncb:\nr0 = 0\nexit\n`,
    });
    const loads = proto.params.map((param, i) => fitting(param).replaceAll('rN', `r${i + 1}`));
    yield call(loads, 'as it should be');
    for (let i = 0; i < proto.params.length; i++) {
      for (const [kind, load] of Object.entries(KINDS)) {
        yield call([...loads.slice(0, i), load.replaceAll('rN', `r${i + 1}`), ...loads.slice(i + 1)], `argument ${i} is ${kind}`);
      }
      for (const [kind, making] of Object.entries(MADE)) {
        const placed = `${making.replace('DATA', type === 'xdp' ? 0 : 76).replace('END', type === 'xdp' ? 4 : 80)}\n*(u64 *)(r10 -72) = r0`;
        yield call([...loads.slice(0, i), KEEP.replace('rN', `r${i + 1}`), ...loads.slice(i + 1)], `argument ${i} is ${kind}`, placed);
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
