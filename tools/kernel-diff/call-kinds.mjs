// What kinds of values can a register hold when a function is called?
//
// A kind is `{ make?, put }`: lines that leave a value in R0, which waits in the argument's slot, or lines that put it into `rN` at once.
// `@A` is a place of 32 bytes on the stack, its own for each argument; `@S` the argument's slot. R6 is the context, R7 a task or 0, R8 a
// value of a map (64 bytes), R9 an unknown number; fp-64 to fp-8 is zero.
import { vmlinux } from './judges.mjs';

const STRUCT = 4;

/** Byte offset of a member in a struct of the kernel's BTF. */
export function memberOff(struct, name) {
  const id = vmlinux?.findByNameKind(struct, STRUCT);
  return id === undefined ? 0 : (vmlinux.type(id).members.find((member) => member.name === name)?.bitOff ?? 0) / 8;
}

/** Structs of all the programs, and maps by name; those that a program names stand in its head. */
export const STRUCTS = [
  'struct val { u64 a[8] }',
  'struct own { u64 a; u64 b }',
  'struct item { u64 key; struct bpf_list_node ln; struct bpf_rb_node rn; struct bpf_refcount ref }',
  'struct plain { u64 key; struct bpf_list_node ln }',
  'struct leaf { u64 key; struct bpf_rb_node rn }',
  'struct shared { struct bpf_spin_lock lock; struct bpf_list_head head __contains(item, ln); struct bpf_rb_root root __contains(item, rn) }',
  'struct unshared { struct bpf_spin_lock lock; struct bpf_list_head head __contains(plain, ln); struct bpf_rb_root root __contains(leaf, rn) }',
  'struct kept { struct task_struct __kptr *task; struct task_struct __kptr_untrusted *plain; struct own __kptr *own; struct own __percpu_kptr *per; struct bpf_cpumask __kptr *mask; struct cgroup __kptr *cgrp; struct item __kptr *item }',
  'struct timed { u64 n; struct bpf_timer t; struct bpf_wq w; struct bpf_task_work tw }',
  'struct crypt { struct bpf_crypto_ctx __kptr *ctx }',
  'struct resl { struct bpf_res_spin_lock lock; u64 n }',
];
export const MAPS = {
  m: 'array key=4 value=64 entries=1 type=val',
  h: 'hash key=4 value=64 entries=4 type=val',
  lru: 'lru_hash key=8 value=16 entries=4',
  pa: 'percpu_array key=4 value=16 entries=4',
  s: 'array key=4 value=40 entries=1 type=shared',
  us: 'array key=4 value=40 entries=1 type=unshared',
  k: 'array key=4 value=56 entries=1 type=kept',
  t: 'array key=4 value=48 entries=1 type=timed',
  l: 'array key=4 value=16 entries=1 type=resl',
  kc: 'array key=4 value=8 entries=1 type=crypt',
  cst: 'cgroup_storage key=16 value=16 entries=0',
  pcst: 'percpu_cgroup_storage key=16 value=16 entries=0',
  rb: 'ringbuf key=0 value=0 entries=4096',
  ub: 'user_ringbuf key=0 value=0 entries=4096',
  ro: 'array key=4 value=64 entries=1 flags=128 frozen=25640a0041420025730025780025750025700000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  wo: 'array key=4 value=64 entries=1 flags=256',
  pr: 'prog_array key=4 value=4 entries=4',
  pe: 'perf_event_array key=4 value=4 entries=4',
  st: 'stack_trace key=4 value=80 entries=4',
  ca: 'cgroup_array key=4 value=4 entries=4',
  dm: 'devmap key=4 value=4 entries=4',
  dh: 'devmap_hash key=4 value=4 entries=4',
  cm: 'cpumap key=4 value=4 entries=2',
  xm: 'xskmap key=4 value=4 entries=4',
  sm: 'sockmap key=4 value=4 entries=4',
  sh: 'sockhash key=4 value=4 entries=4',
  rp: 'reuseport_sockarray key=4 value=8 entries=4',
  qu: 'queue key=0 value=8 entries=4',
  sta: 'stack key=0 value=8 entries=4',
  bl: 'bloom_filter key=0 value=8 entries=4',
  lp: 'lpm_trie key=8 value=8 entries=4 flags=1',
  sks: 'sk_storage key=4 value=64 entries=0 flags=1 type=val',
  tks: 'task_storage key=4 value=64 entries=0 flags=1 type=val',
  cgs: 'cgrp_storage key=4 value=64 entries=0 flags=1 type=val',
  am: 'array_of_maps key=4 value=4 entries=2 inner=m',
  ar: 'arena key=0 value=0 entries=10 flags=1024 extra=0x100000000000',
};

const put = (...lines) => ({ put: lines });
const made = (...lines) => ({ make: lines, put: ['rN = *(u64 *)(r10 @S)'] });
const LOOKUP = (map) => [`r1 = map[${map}]`, 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem'];
const CHECK = 'if r0 == 0 goto out';
const NEW = (type, call = 'bpf_obj_new_impl') => [`r1 = type[${type}]`, 'r2 = 0', `call ${call}`];
const LOCK = (map, rest) => [...LOOKUP(map), CHECK, '*(u64 *)(r10 -144) = r0', 'r1 = r0', 'call bpf_spin_lock', ...rest];
/** The same without a check that could fail, so that what was made before is not lost. */
const LOCK_DIRECT = (map, off) => made(`r0 = map[${map}][0]+0`, '*(u64 *)(r10 -144) = r0', 'r1 = r0', 'call bpf_spin_lock', 'r0 = *(u64 *)(r10 -144)', `r0 += ${off}`);
const PLACE = (...lines) => ['r1 = r10', 'r1 += @A', ...lines];
const AT = ['rN = r10', 'rN += @A'];
const TUPLE = (size, call) => ['r1 = r6', 'r2 = r10', 'r2 += -64', `r3 = ${size}`, 'r4 = -1', 'r5 = 0', `call ${call}`];

/** Numbers. */
export const NUMBERS = {
  zero: put('rN = 0'), one: put('rN = 1'), four: put('rN = 4'), eight: put('rN = 8'), twelve: put('rN = 12'), sixteen: put('rN = 16'), '64': put('rN = 64'), '65': put('rN = 65'), '4096': put('rN = 4096'),
  minus: put('rN = -1'), huge: put('rN = 1073741824'), wide: put('rN = 0x100000008 ll'), unknown: put('rN = r9'), 'unknown low': put('wN = w9'),
  to7: put('rN = r9', 'rN &= 7'), to15: put('rN = r9', 'rN &= 15'), to63: put('rN = r9', 'rN &= 63'), '1to16': put('rN = r9', 'rN &= 15', 'rN += 1'), below: put('rN = r9', 'rN &= 15', 'rN += -1'), '0or8': put('rN = r9', 'rN &= 8'),
  'bounded': put('rN = r9', 'if rN > 64 goto out'), 'signed': put('rN = r9', 'if rN s> 64 goto out'), narrow: put('wN = w9', 'if wN s> 8 goto out'), pid: put('rN = 1'), 'swapped byte': put('rN = *(u8 *)(r10 -8)'),
};

/** Memory and what is like it. */
export const MEMORY = {
  stack: put('rN = r10', 'rN += -64'), 'stack end': put('rN = r10', 'rN += -8'), 'stack 16': put('rN = r10', 'rN += -24'), 'stack odd': put('rN = r10', 'rN += -61'), 'stack top': put('rN = r10', 'rN += -4'), above: put('rN = r10', 'rN += 8'), below: put('rN = r10', 'rN += -520'),
  unset: put('rN = r10', 'rN += -400'), 'half set': put('*(u32 *)(r10 -400) = 7', 'rN = r10', 'rN += -400'), 'unset 12': put('rN = r10', 'rN += -12'), variable: put('rN = r9', 'rN &= 8', 'rN += r10', 'rN += -64'), 'variable unset': put('rN = r9', 'rN &= 24', 'rN += r10', 'rN += -424'), fp: put('rN = r10'), spilled: put('*(u64 *)(r10 -400) = r6', '*(u64 *)(r10 -392) = r9', 'rN = r10', 'rN += -400'),
  value: put('rN = r8'), 'value +4': put('rN = r8', 'rN += 4'), 'value +60': put('rN = r8', 'rN += 60'), 'value variable': put('rN = r9', 'rN &= 31', 'rN += r8'), 'value unbound': put('rN = r9', 'wN = wN', 'rN += r8'), 'value under': put('rN = r8', 'rN += -4'), 'value or null': made(...LOOKUP('m')), 'hash value or null': made(...LOOKUP('h')), 'hash value': made(...LOOKUP('h'), CHECK), 'value direct': put('rN = map[m][0]+8'), 'inner map': made(...LOOKUP('am'), CHECK), 'inner map or null': made(...LOOKUP('am')),
  'read-only': made(...LOOKUP('ro'), CHECK), 'read-only direct': put('rN = map[ro][0]+0'), 'read-only text': put('rN = map[ro][0]+3'), 'write-only': made(...LOOKUP('wo'), CHECK), 'percpu value': made(...LOOKUP('pa'), CHECK),
  record: made('r1 = map[rb]', 'r2 = 16', 'r3 = 0', 'call bpf_ringbuf_reserve', CHECK), 'record or null': made('r1 = map[rb]', 'r2 = 16', 'r3 = 0', 'call bpf_ringbuf_reserve'), 'record +4': made('r1 = map[rb]', 'r2 = 16', 'r3 = 0', 'call bpf_ringbuf_reserve', CHECK, 'r0 += 4'),
  packet: made('PACKET', 'r0 = r1', 'r1 += 16', 'if r1 > r2 goto out'), 'packet unchecked': made('PACKET', 'r0 = r1'), 'packet 8': made('PACKET', 'r0 = r1', 'r0 += 4', 'r1 += 12', 'if r1 > r2 goto out'), 'packet variable': made('PACKET', 'r3 = r9', 'r3 &= 255', 'r1 += r3', 'r0 = r1', 'r1 += 16', 'if r1 > r2 goto out'), 'packet end': made('PACKET', 'r0 = r2'), meta: made('META', 'r0 = r1', 'r1 += 8', 'if r1 > r2 goto out'),
  ctx: put('rN = r6'), 'ctx +4': put('rN = r6', 'rN += 4'), 'ctx +8': put('rN = r6', 'rN += 8'), 'ctx variable': put('rN = r9', 'rN &= 4', 'rN += r6'),
  arena: made('r1 = map[ar]', 'r2 = 0', 'r3 = 1', 'r4 = -1', 'r5 = 0', 'call bpf_arena_alloc_pages'), 'cast mem': made('r1 = r9', 'r2 = 0', 'call bpf_rdonly_cast'),
  'own mem': made(...NEW('own'), CHECK), slice: made(...PLACE('r2 = 0', 'r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem', 'r1 = r10', 'r1 += @A', 'r2 = 0', 'r3 = 0', 'r4 = 8', 'call bpf_dynptr_slice', CHECK)), 'dynptr data': made('r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem', 'r1 = r10', 'r1 += @A', 'r2 = 0', 'r3 = 16', 'call bpf_dynptr_data', CHECK), 'num next': made(...PLACE('r2 = 0', 'r3 = 3', 'call bpf_iter_num_new', 'r1 = r10', 'r1 += @A', 'call bpf_iter_num_next', CHECK)),
};

/** Places on the stack that are something. */
export const PLACES = {
  place: put(...AT), 'place odd': put('rN = r10', 'rN += @A', 'rN += 4'),
  dynptr: { make: ['r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem'], put: AT },
  'dynptr second half': { make: ['r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem'], put: [...AT, 'rN += 8'] },
  'dynptr broken': { make: ['r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem', '*(u64 *)(r10 @A) = r9'], put: AT },
  'dynptr variable': { make: ['r1 = r8', 'r2 = 64', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_dynptr_from_mem'], put: ['rN = r9', 'rN &= 8', 'rN += r10', 'rN += @A'] },
  'dynptr record': { make: ['r1 = map[rb]', 'r2 = 16', 'r3 = 0', 'r4 = r10', 'r4 += @A', 'call bpf_ringbuf_reserve_dynptr'], put: AT },
  'dynptr skb': { make: ['r1 = r6', 'r2 = 0', 'r3 = r10', 'r3 += @A', 'call bpf_dynptr_from_skb'], put: AT },
  'dynptr meta': { make: ['r1 = r6', 'r2 = 0', 'r3 = r10', 'r3 += @A', 'call bpf_dynptr_from_skb_meta'], put: AT },
  'dynptr xdp': { make: ['r1 = r6', 'r2 = 0', 'r3 = r10', 'r3 += @A', 'call bpf_dynptr_from_xdp'], put: AT },
  'iter num': { make: PLACE('r2 = 0', 'r3 = 3', 'call bpf_iter_num_new'), put: AT },
  'iter num drained': { make: PLACE('r2 = 0', 'r3 = 3', 'call bpf_iter_num_new', 'r1 = r10', 'r1 += @A', 'call bpf_iter_num_next', 'if r0 != 0 goto out'), put: AT },
  'iter bits': { make: PLACE('r2 = r10', 'r2 += -64', 'r3 = 1', 'call bpf_iter_bits_new'), put: AT },
  'iter task': { make: PLACE('r2 = 0', 'r3 = 0', 'call bpf_iter_task_new'), put: AT },
  flags: { make: PLACE('call bpf_local_irq_save'), put: AT },
  'flags lock': { make: [...LOOKUP('l'), CHECK, 'r1 = r0', 'r2 = r10', 'r2 += @A', 'call bpf_res_spin_lock_irqsave', 'if r0 != 0 goto out'], put: AT },
};

const walked = (struct, name, from = 'r7') => put(`rN = *(u64 *)(${from} +${memberOff(struct, name)})`);

/** Objects of the kernel and of the program. */
export const OBJECTS = {
  task: put('rN = r7'), 'task +8': put('rN = r7', 'rN += 8'), 'task rcu': walked('task_struct', 'real_parent'), 'task plain': walked('task_struct', 'last_wakee'), cpus: walked('task_struct', 'cpus_ptr'), 'cpus inside': put('rN = r7', `rN += ${memberOff('task_struct', 'cpus_mask')}`), mm: walked('task_struct', 'mm'), cgroups: walked('task_struct', 'cgroups'), files: walked('task_struct', 'files'), comm: put('rN = r7', `rN += ${memberOff('task_struct', 'comm')}`),
  'task variable': put('rN = r9', 'rN &= 8', 'rN += r7'), current: made('call bpf_get_current_task_btf'), 'current long': made('call bpf_get_current_task'),
  'task ref': made('r1 = 1', 'call bpf_task_from_pid', CHECK), 'task ref or null': made('r1 = 1', 'call bpf_task_from_pid'), 'task ref +8': made('r1 = 1', 'call bpf_task_from_pid', CHECK, 'r0 += 8'), 'task acquired': made('r1 = r7', 'call bpf_task_acquire', CHECK), regs: made('r1 = r7', 'call bpf_task_pt_regs'),
  cgroup: made('r1 = 1', 'call bpf_cgroup_from_id', CHECK), 'cgroup or null': made('r1 = 1', 'call bpf_cgroup_from_id'), mask: made('call bpf_cpumask_create', CHECK), 'mask or null': made('call bpf_cpumask_create'),
  own: made(...NEW('own'), CHECK), 'own or null': made(...NEW('own')), 'own +8': made(...NEW('own'), CHECK, 'r0 += 8'), percpu: made(...NEW('own', 'bpf_percpu_obj_new_impl'), CHECK), 'percpu or null': made(...NEW('own', 'bpf_percpu_obj_new_impl')), item: made(...NEW('item'), CHECK), 'item or null': made(...NEW('item')), 'item list node': made(...NEW('item'), CHECK, 'r0 += 8'), 'item tree node': made(...NEW('item'), CHECK, 'r0 += 32'), plain: made(...NEW('plain'), CHECK), 'plain list node': made(...NEW('plain'), CHECK, 'r0 += 8'), leaf: made(...NEW('leaf'), CHECK), 'leaf tree node': made(...NEW('leaf'), CHECK, 'r0 += 8'), 'item shared': made(...NEW('item'), CHECK, 'r1 = r0', 'r2 = 0', 'call bpf_refcount_acquire_impl'),
  'kept task': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +0)', CHECK), 'kept task or null': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +0)'), 'kept plain': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +8)'), 'kept own': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +16)', CHECK), 'kept percpu': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +24)', CHECK), 'kept mask': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +32)', CHECK), 'kept cgroup': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +40)', CHECK), 'kept item': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +48)', CHECK), 'kept item or null': made(...LOOKUP('k'), CHECK, 'r0 = *(u64 *)(r0 +48)'),
  exchanged: made(...LOOKUP('k'), CHECK, 'r1 = r0', 'r2 = 0', 'call bpf_kptr_xchg', CHECK), 'exchanged or null': made(...LOOKUP('k'), CHECK, 'r1 = r0', 'r1 += 16', 'r2 = 0', 'call bpf_kptr_xchg'), 'exchanged item': made(...LOOKUP('k'), CHECK, 'r1 = r0', 'r1 += 48', 'r2 = 0', 'call bpf_kptr_xchg', CHECK), 'exchanged mask': made(...LOOKUP('k'), CHECK, 'r1 = r0', 'r1 += 32', 'r2 = 0', 'call bpf_kptr_xchg', CHECK),
  'cast task': made('r1 = r9', `r2 = ${vmlinux?.findByNameKind('task_struct', STRUCT) ?? 1}`, 'call bpf_rdonly_cast'), 'cast int': made('r1 = r9', 'r2 = 1', 'call bpf_rdonly_cast'), 'kernel context': made('r1 = r6', 'call bpf_cast_to_kern_ctx'), 'context pointer': put('rN = *(u64 *)(r6 +0)'), 'context pointer 8': put('rN = *(u64 *)(r6 +8)'),
  seq: made('r0 = *(u64 *)(r6 +0)', 'r0 = *(u64 *)(r0 +0)'), 'kept crypto': made(...LOOKUP('kc'), CHECK, 'r0 = *(u64 *)(r0 +0)', CHECK),
  runqueue: made('r1 = btf[runqueues]', 'r2 = 0', 'call bpf_per_cpu_ptr'), 'runqueue var': put('rN = btf[runqueues]'), 'percpu int': put('rN = btf[bpf_prog_active]'),
  key: made('r1 = 1', 'call bpf_lookup_system_key', CHECK), 'next cgroup': walked('cgroup', 'kn'),
};

/** Fields of values: locks, timers, heads, kept pointers; and what is found with a lock held. */
export const FIELDS = {
  lock: made(...LOOKUP('s'), CHECK), 'lock or null': made(...LOOKUP('s')), 'lock +4': made(...LOOKUP('s'), CHECK, 'r0 += 4'), 'lock variable': made(...LOOKUP('s'), CHECK, 'r1 = r9', 'r1 &= 8', 'r0 += r1'), head: made(...LOOKUP('s'), CHECK, 'r0 += 8'), root: made(...LOOKUP('s'), CHECK, 'r0 += 24'), 'plain root': made(...LOOKUP('us'), CHECK, 'r0 += 24'),
  'head held': made(...LOCK('s', ['r0 = *(u64 *)(r10 -144)', 'r0 += 8'])), 'root held': made(...LOCK('s', ['r0 = *(u64 *)(r10 -144)', 'r0 += 24'])), 'plain root held': made(...LOCK('us', ['r0 = *(u64 *)(r10 -144)', 'r0 += 24'])), 'plain head held': made(...LOCK('us', ['r0 = *(u64 *)(r10 -144)', 'r0 += 8'])), 'lock held': made(...LOCK('s', ['r0 = *(u64 *)(r10 -144)'])),
  'head direct held': LOCK_DIRECT('s', 8), 'root direct held': LOCK_DIRECT('s', 24), 'plain head direct held': LOCK_DIRECT('us', 8), 'plain root direct held': LOCK_DIRECT('us', 24),
  first: made(...LOCK('s', ['r1 = *(u64 *)(r10 -144)', 'r1 += 24', 'call bpf_rbtree_first', CHECK])), 'first or null': made(...LOCK('s', ['r1 = *(u64 *)(r10 -144)', 'r1 += 24', 'call bpf_rbtree_first'])), front: made(...LOCK('us', ['r1 = *(u64 *)(r10 -144)', 'r1 += 8', 'call bpf_list_front', CHECK])), popped: made(...LOCK('s', ['r1 = *(u64 *)(r10 -144)', 'r1 += 8', 'call bpf_list_pop_front', CHECK])), 'plain first': made(...LOCK('us', ['r1 = *(u64 *)(r10 -144)', 'r1 += 24', 'call bpf_rbtree_first', CHECK])),
  timer: made(...LOOKUP('t'), CHECK, 'r0 += 8'), 'timer +8': made(...LOOKUP('t'), CHECK, 'r0 += 16'), work: made(...LOOKUP('t'), CHECK, 'r0 += 24'), 'task work': made(...LOOKUP('t'), CHECK, 'r0 += 40'), timed: made(...LOOKUP('t'), CHECK), 'kept field': made(...LOOKUP('k'), CHECK), 'kept own field': made(...LOOKUP('k'), CHECK, 'r0 += 16'), 'kept plain field': made(...LOOKUP('k'), CHECK, 'r0 += 8'), 'kept percpu field': made(...LOOKUP('k'), CHECK, 'r0 += 24'), 'kept mask field': made(...LOOKUP('k'), CHECK, 'r0 += 32'), 'kept item field': made(...LOOKUP('k'), CHECK, 'r0 += 48'), 'kept cgroup field': made(...LOOKUP('k'), CHECK, 'r0 += 40'), 'kept field variable': made(...LOOKUP('k'), CHECK, 'r1 = r9', 'r1 &= 8', 'r0 += r1'),
  'res lock': made(...LOOKUP('l'), CHECK), 'res lock held': made(...LOOKUP('l'), CHECK, '*(u64 *)(r10 -152) = r0', 'r1 = r0', 'call bpf_res_spin_lock', 'if r0 != 0 goto out', 'r0 = *(u64 *)(r10 -152)'),
};

/** Sockets, as far as the program type has them; `MEMBER` is where the context keeps one. */
export const SOCKETS = {
  tcp: made(...TUPLE(12, 'bpf_sk_lookup_tcp'), CHECK), 'tcp or null': made(...TUPLE(12, 'bpf_sk_lookup_tcp')), udp: made(...TUPLE(36, 'bpf_sk_lookup_udp'), CHECK), 'skc or null': made(...TUPLE(12, 'bpf_skc_lookup_tcp')), skc: made(...TUPLE(12, 'bpf_skc_lookup_tcp'), CHECK), 'tcp +4': made(...TUPLE(12, 'bpf_sk_lookup_tcp'), CHECK, 'r0 += 4'),
  member: put('rN = *(u64 *)(r6 +MEMBER)'), 'member checked': made('r0 = *(u64 *)(r6 +MEMBER)', CHECK), full: made('r1 = *(u64 *)(r6 +MEMBER)', 'if r1 == 0 goto out', 'call bpf_sk_fullsock', CHECK), 'full or null': made('r1 = *(u64 *)(r6 +MEMBER)', 'if r1 == 0 goto out', 'call bpf_sk_fullsock'), 'tcp_sock': made('r1 = *(u64 *)(r6 +MEMBER)', 'if r1 == 0 goto out', 'call bpf_tcp_sock', CHECK), 'tcp_sock of found': made(...TUPLE(12, 'bpf_sk_lookup_tcp'), CHECK, 'r1 = r0', 'call bpf_tcp_sock'), listener: made('r1 = *(u64 *)(r6 +MEMBER)', 'if r1 == 0 goto out', 'call bpf_get_listener_sock', CHECK), 'skc tcp': made('r1 = *(u64 *)(r6 +MEMBER)', 'call bpf_skc_to_tcp_sock', CHECK), 'skc tcp6': made(...TUPLE(12, 'bpf_skc_lookup_tcp'), CHECK, 'r1 = r0', 'call bpf_skc_to_tcp6_sock'), 'skc udp6': made('r1 = *(u64 *)(r6 +MEMBER)', 'call bpf_skc_to_udp6_sock', CHECK),
  'of map': made('r1 = map[sm]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', CHECK), 'of map or null': made('r1 = map[sh]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem'), 'of array': made('r1 = map[rp]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', CHECK), 'xdp socket': made('r1 = map[xm]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', CHECK),
};

/** Functions, maps, and what was never set. */
export const OTHERS = {
  function: put('rN = subprog[cb]'), 'other function': put('rN = subprog[cb2]'), unset: { make: [], put: [] }, 'spilled function': { make: ['r0 = subprog[cb]', '*(u64 *)(r10 @S) = r0'], put: ['rN = *(u64 *)(r10 @S)'] },
};
export const MAP_KINDS = Object.fromEntries(Object.keys(MAPS).map((name) => [`map ${name}`, put(`rN = map[${name}]`)]));

export const ALL_KINDS = { ...NUMBERS, ...MEMORY, ...PLACES, ...OBJECTS, ...FIELDS, ...SOCKETS, ...OTHERS, ...MAP_KINDS };
