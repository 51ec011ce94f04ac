// What program calls functions with values of all kinds, in all circumstances?
//
// Lines of a case: a context, a task, a value, a number in R6 to R9; regions entered; arguments made, one of them, or more, not what
// the function wants; the call; what is done with the result and with the arguments after it; regions left.
import { rootlet } from './rootlet.mjs';
import { ALL_KINDS, FIELDS, MAP_KINDS, MAPS, memberOff, MEMORY, NUMBERS, OBJECTS, OTHERS, PLACES, SOCKETS, STRUCTS } from './call-kinds.mjs';
import { vmlinux } from './judges.mjs';
import { writeSub, writeUse } from './kind-uses.mjs';

const { findHelper, findKfunc, findProgType, helperName, isKfuncOffered, KFUNC_FACTS } = rootlet;
const [FUNC, FUNC_PROTO, PTR, STRUCT] = [12, 13, 2, 4];

const skb = { packet: ['r1 = *(u32 *)(r6 +76)', 'r2 = *(u32 *)(r6 +80)'], meta: ['r1 = *(u32 *)(r6 +140)', 'r2 = *(u32 *)(r6 +76)'], member: 168 };
const task = (line) => ({ task: line });
const CURRENT = task(['call bpf_get_current_task_btf', 'r7 = r0']);
/** Program types: lines of the head, the number of the attach type, how they come by a packet, a socket, a task. */
const PROGRAMS = [
  { weight: 3, head: ['prog sched_cls'], type: 3, attach: 0, ...skb, ...CURRENT },
  { weight: 2, head: ['prog xdp'], type: 6, attach: 0, packet: ['r1 = *(u32 *)(r6 +0)', 'r2 = *(u32 *)(r6 +4)'], meta: ['r1 = *(u32 *)(r6 +8)', 'r2 = *(u32 *)(r6 +0)'], ...CURRENT },
  { weight: 1, head: ['prog socket_filter'], type: 1, attach: 0, ...skb },
  { weight: 1, head: ['prog sched_act'], type: 4, attach: 0, ...skb, ...CURRENT },
  { weight: 2, head: ['prog cgroup_skb', 'attach 1'], type: 8, attach: 1, ...skb, ...CURRENT },
  { weight: 1, head: ['prog cgroup_sock', 'attach cgroup_inet_sock_create'], type: 9, attach: 2, ...CURRENT },
  { weight: 1, head: ['prog lwt_in'], type: 10, attach: 0, ...skb },
  { weight: 1, head: ['prog lwt_xmit'], type: 12, attach: 0, ...skb },
  { weight: 1, head: ['prog lwt_seg6local'], type: 19, attach: 0, ...skb },
  { weight: 2, head: ['prog sock_ops', 'attach cgroup_sock_ops'], type: 13, attach: 3, packet: ['r1 = *(u64 *)(r6 +192)', 'r2 = *(u64 *)(r6 +200)'], member: 184, ...CURRENT },
  { weight: 1, head: ['prog sk_skb', 'attach sk_skb_stream_verdict'], type: 14, attach: 5, ...skb },
  { weight: 1, head: ['prog sk_msg', 'attach sk_msg_verdict'], type: 16, attach: 7, packet: ['r1 = *(u64 *)(r6 +0)', 'r2 = *(u64 *)(r6 +8)'], member: 72, ...CURRENT },
  { weight: 1, head: ['prog cgroup_device', 'attach cgroup_device'], type: 15, attach: 6, ...CURRENT },
  { weight: 2, head: ['prog cgroup_sock_addr', 'attach cgroup_inet4_connect'], type: 18, attach: 10, member: 64, ...CURRENT },
  { weight: 1, head: ['prog cgroup_sock_addr', 'attach cgroup_unix_sendmsg'], type: 18, attach: 50, member: 64, ...CURRENT },
  { weight: 1, head: ['prog sk_reuseport', 'attach sk_reuseport_select'], type: 21, attach: 39, packet: ['r1 = *(u64 *)(r6 +0)', 'r2 = *(u64 *)(r6 +8)'], member: 40 },
  { weight: 1, head: ['prog flow_dissector', 'attach flow_dissector'], type: 22, attach: 17, packet: skb.packet },
  { weight: 1, head: ['prog cgroup_sysctl', 'attach cgroup_sysctl'], type: 23, attach: 18, ...CURRENT },
  { weight: 2, head: ['prog cgroup_sockopt', 'attach cgroup_setsockopt'], type: 25, attach: 22, packet: ['r1 = *(u64 *)(r6 +8)', 'r2 = *(u64 *)(r6 +16)'], member: 0, ...CURRENT },
  { weight: 1, head: ['prog cgroup_sockopt', 'attach cgroup_getsockopt'], type: 25, attach: 21, packet: ['r1 = *(u64 *)(r6 +8)', 'r2 = *(u64 *)(r6 +16)'], member: 0, ...CURRENT },
  { weight: 1, head: ['prog sk_lookup', 'attach sk_lookup'], type: 30, attach: 36, member: 0 },
  { weight: 1, head: ['prog netfilter', 'attach netfilter'], type: 32, attach: 45 },
  { weight: 2, head: ['prog kprobe'], type: 2, attach: 0, ...CURRENT },
  { weight: 1, head: ['prog kprobe', 'flags 16'], type: 2, attach: 0, sleeps: true, ...CURRENT },
  { weight: 1, head: ['prog tracepoint'], type: 5, attach: 0, ...CURRENT },
  { weight: 1, head: ['prog perf_event'], type: 7, attach: 0, ...CURRENT },
  { weight: 1, head: ['prog raw_tracepoint'], type: 17, attach: 0, ...CURRENT },
  { weight: 4, head: ['prog tracing', 'attach trace_raw_tp', 'attach_btf btf_trace_sched_switch'], type: 26, attach: 23, ...task(['r7 = *(u64 *)(r6 +8)']) },
  { weight: 1, head: ['prog tracing', 'attach trace_raw_tp', 'attach_btf btf_trace_kfree_skb'], type: 26, attach: 23, ...task(['r7 = *(u64 *)(r6 +0)']) },
  { weight: 2, head: ['prog tracing', 'attach trace_iter', 'attach_btf bpf_iter_task'], type: 26, attach: 28, ...task(['r7 = *(u64 *)(r6 +8)', 'if r7 == 0 goto out']) },
  { weight: 1, head: ['prog tracing', 'attach trace_iter', 'attach_btf bpf_iter_task', 'flags 16'], type: 26, attach: 28, sleeps: true, ...task(['r7 = *(u64 *)(r6 +8)', 'if r7 == 0 goto out']) },
  { weight: 1, head: ['prog tracing', 'attach trace_iter', 'attach_btf bpf_iter_tcp'], type: 26, attach: 28, ...task(['r7 = *(u64 *)(r6 +8)', 'if r7 == 0 goto out']), member: 8 },
  { weight: 4, head: ['prog syscall', 'flags 16'], type: 31, attach: 0, sleeps: true, ...CURRENT },
  { weight: 2, head: ['prog struct_ops', 'attach_btf tcp_congestion_ops'], type: 27, attach: 0, ...task(['r7 = *(u64 *)(r6 +0)']), member: 0 },
  { weight: 1, head: ['prog struct_ops', 'attach_btf Qdisc_ops'], type: 27, attach: 0, ...task(['r7 = *(u64 *)(r6 +0)']), member: 0, needs: 'Qdisc_ops' },
].filter(({ needs }) => needs === undefined || vmlinux?.findByNameKind(needs, STRUCT) !== undefined);

const names = (...groups) => groups.flatMap((group) => Object.keys(group));
const ANY = Object.keys(ALL_KINDS);

const READABLE = ['stack', 'stack', 'stack', 'value', 'value +4', 'value variable', 'read-only', 'record', 'packet', 'percpu value', 'stack 16', 'hash value', 'own mem', 'variable', 'unset 12', 'value direct', 'dynptr data', 'slice'];
const SIZES = ['eight', 'eight', 'four', 'one', 'sixteen', '64', 'to7', 'to15', '1to16', '0or8', 'twelve', 'bounded', 'narrow', 'zero'];
const OBJECT_KINDS = { task_struct: ['task', 'task', 'task ref', 'current', 'task rcu', 'kept task', 'task acquired'], cgroup: ['cgroup', 'kept cgroup'], cpumask: ['mask', 'cpus', 'kept mask', 'cpus inside'], bpf_cpumask: ['mask', 'exchanged mask', 'kept mask'], seq_file: ['seq', 'seq', 'context pointer'], bpf_crypto_ctx: ['kept crypto'], sk_buff: ['context pointer'], sock_common: ['member', 'skc'], tcp_sock: ['member checked', 'context pointer', 'task'], bpf_iter_num: ['iter num'], bpf_rb_root: ['root held', 'plain root held', 'root direct held', 'plain root direct held'], bpf_list_head: ['head held', 'plain head held', 'head direct held', 'plain head direct held'], bpf_rb_node: ['item tree node', 'first', 'leaf tree node', 'plain first'], bpf_list_node: ['item list node', 'plain list node'], bpf_res_spin_lock: ['res lock', 'res lock held'], bpf_wq: ['work'], bpf_task_work: ['task work'], bpf_key: ['key'], bpf_iter_bits: ['iter bits', 'place'], bpf_iter_task: ['iter task', 'place'] };

/** Kinds that suit an argument of a helper. */
function suitingHelper(kind, struct, mapName, has) {
  if (typeof kind === 'object') return READABLE;
  const base = kind.replace(/_or_null$/, '');
  const more = base === kind ? [] : ['zero'];
  switch (base) {
    case 'any': return ['one', 'eight', 'zero', 'unknown', 'to15', 'stack'];
    case 'ctx': return ['ctx', ...more];
    case 'map': return mapName;
    case 'size': case 'size0': return SIZES;
    case 'alloc_size': return ['eight', 'sixteen', '4096'];
    case 'btf': return [...(OBJECT_KINDS[struct] ?? names(OBJECTS)), ...more];
    case 'stack': return ['stack', 'zero'];
    case 'socket': case 'sock_common': case 'btf_sock_common': return [...(has.member === undefined ? ['tcp'] : ['member checked', 'full', 'tcp', 'member', 'skc']), ...more];
    case 'release_sock': return ['tcp', 'skc', 'udp', 'skc tcp6', 'of map'];
    case 'ringbuf_mem': return ['record'];
    case 'spin_lock': return ['lock', 'lock held'];
    case 'timer': return ['timer'];
    case 'kptr': return ['kept field', 'kept own field', 'kept percpu field', 'kept mask field', 'kept item field'];
    case 'kptr_new': return ['zero', 'task ref', 'own', 'percpu', 'mask', 'item', 'task acquired'];
    case 'func': return ['function', 'function', 'other function'];
    case 'const_str': return ['read-only direct', 'read-only text'];
    case 'percpu_btf': return ['runqueue var', 'percpu int', 'kept percpu', 'percpu'];
    case 'dynptr': return ['dynptr', 'dynptr record', 'dynptr skb', 'dynptr xdp', 'dynptr meta'];
    case 'dynptr_uninit': return ['place'];
    case 'ringbuf_dynptr': return ['dynptr record'];
    default: return READABLE;
  }
}

const MAP_OF = { 81: ['cst', 'pcst'], 156: ['tks'], 157: ['tks'], 210: ['cgs'], 211: ['cgs'], 107: ['sks'], 108: ['sks'], 12: ['pr'], 22: ['pe'], 25: ['pe'], 55: ['pe'], 27: ['st'], 33: ['ca'], 37: ['ca'], 51: ['dm', 'dh', 'cm', 'xm'], 52: ['sm'], 60: ['sm'], 53: ['sm'], 70: ['sh'], 71: ['sh'], 72: ['sh'], 82: ['rp', 'sm', 'sh'], 87: ['qu', 'sta', 'bl'], 88: ['qu', 'sta'], 89: ['qu', 'sta', 'bl'], 130: ['rb'], 131: ['rb'], 134: ['rb'], 198: ['rb'], 209: ['ub'], 195: ['pa'], 169: ['t'], 164: ['m', 'h', 'pa', 't', 's', 'k'] };
const COMMON_MAPS = ['m', 'h', 'lru', 'pa', 'lp', 'k', 's', 'tks'];

function pointee(type) {
  const id = vmlinux.resolveType(type);
  return id !== 0 && vmlinux.kind(id) === PTR ? vmlinux.resolveType(vmlinux.refType(id)) : undefined;
}

function suitingKfunc({ name, type }, idx, params) {
  const to = pointee(type);
  if (to === undefined) return /__(sz|szk|rdwr_sz)/.test(name) ? SIZES : ['zero', 'one', 'eight', 'unknown', 'to15'];
  const struct = to === 0 ? 'void' : vmlinux.name(to);
  // A buffer, whatever its type is called; its size follows.
  if (/__(sz|szk)$/.test(params[idx + 1]?.name ?? '')) return READABLE;
  if (name.endsWith('__map')) return ['map t', 'map m', 'map ar', 'map h'];
  if (name.endsWith('__ign') || name.endsWith('__prog')) return ['zero', 'unknown', 'stack'];
  if (name.endsWith('__str')) return ['read-only direct', 'read-only text', 'read-only direct'];
  if (name.endsWith('__irq_flag')) return ['place', 'flags', 'flags lock'];
  if (name.endsWith('__uninit')) return ['place'];
  if (struct === 'bpf_dynptr' || struct === 'bpf_dynptr_kern') return name.endsWith('__uninit') ? ['place'] : ['dynptr', 'dynptr', 'dynptr record', 'dynptr skb', 'dynptr xdp'];
  if (/^bpf_iter_/.test(struct)) return OBJECT_KINDS[struct] === undefined ? ['place'] : [...OBJECT_KINDS[struct], 'place'];
  if (/^(bpf_sock_addr_kern|bpf_sock_ops_kern)$/.test(struct)) return ['kernel context', 'kernel context', 'ctx'];
  if (/^(__sk_buff|xdp_md|sk_buff|xdp_buff)$/.test(struct)) return ['ctx'];
  if (to !== 0 && vmlinux.kind(to) === FUNC_PROTO) return ['function', 'other function'];
  if (OBJECT_KINDS[struct] !== undefined) return [...OBJECT_KINDS[struct], ...(name.endsWith('__nullable') ? ['zero'] : [])];
  if (name.endsWith('__alloc')) return ['own', 'item', 'percpu', 'exchanged'];
  if (to !== 0 && vmlinux.kind(to) === STRUCT) return [...names(OBJECTS), ...READABLE];
  return READABLE;
}

const HELPER_NAMES = Array.from({ length: 211 }, (_, idx) => [idx + 1, helperName(idx + 1)]).filter(([, name]) => name !== undefined);
/** bpf_throw: some programs that throw make Linux 6.18 oops. */
const KFUNC_NAMES = Object.keys(KFUNC_FACTS).filter((name) => !/^bpf_throw$|^bbr_|^cubictcp_|^dctcp_/.test(name));
const offeredTo = new Map();

/** What programs of the type may call: helpers twice. */
function callees(program, all) {
  const key = `${program.type}:${program.attach}:${program.sleeps}:${all}`;
  let list = offeredTo.get(key);
  if (list === undefined) {
    const row = findProgType(program.type);
    const helpers = HELPER_NAMES.filter(([id]) => all || row.allowsHelper(id, program.attach)).map(([id, name]) => ({ id, name }));
    const kfuncs = KFUNC_NAMES.filter((name) => all || (isKfuncOffered(name, program.type, program.attach) && (program.sleeps || !findKfunc(name).sleepable))).map((name) => ({ name }));
    offeredTo.set(key, (list = { helpers, kfuncs }));
  }
  return list;
}

const OOPSES = /^bpf_(task_work|wq)_/;
const NO_MAPS = ['zero', 'unknown', 'ctx', 'stack', 'fp'];
const SPECIAL_MAPS = ['map t', 'map t', 'map s', 'map k', 'map l'];

/** Kinds for each argument of a callee. */
function suits(callee, program) {
  if (callee.id !== undefined) {
    const { args, structs } = findHelper(callee.id, program.type);
    const maps = (MAP_OF[callee.id] ?? COMMON_MAPS).map((name) => `map ${name}`);
    return args.map((kind, idx) => suitingHelper(kind, structs?.[idx + 1], maps, program));
  }
  const id = vmlinux.findByNameKind(callee.name, FUNC);
  return id === undefined ? undefined : vmlinux.type(vmlinux.type(id).type).params.map(suitingKfunc);
}

/** Functions of the program that are verified by their prototypes: parameters, and the kinds that suit them. */
const PARAMS = [
  ['u64 n', ['unknown', 'one', 'to15', 'zero']], ['int n', ['unknown', 'one', 'minus']], ['void *ctx __arg_ctx', ['ctx']], ['struct own *p', [...READABLE, 'zero']], ['const struct own *p', [...READABLE, 'zero', 'read-only']], ['struct own *p __arg_nonnull', READABLE], ['u64 *p', READABLE], ['char *p', READABLE],
  ['struct task_struct *p __arg_trusted', ['task', 'task ref', 'current', 'task acquired']], ['struct task_struct *p __arg_trusted __arg_nullable', ['task', 'zero', 'task ref or null', 'current']], ['struct task_struct *p __arg_untrusted', ['task', 'task plain', 'cast task', 'kept plain', 'unknown']], ['struct cgroup *p __arg_trusted', ['cgroup', 'kept cgroup']],
  ['void *p __arg_untrusted', ['task', 'unknown', 'cast mem', 'kept plain']], ['u32 *p __arg_untrusted', ['unknown', 'value', 'cast int']], ['struct bpf_dynptr *p', ['dynptr', 'dynptr record', 'dynptr skb']], ['const struct bpf_dynptr *p', ['dynptr', 'dynptr record', 'dynptr xdp']], ['void *p __arg_arena', ['arena', 'unknown', 'value']], ['void *p', ['ctx', 'stack', 'zero']],
];
const USES = ['rN = *(u64 *)(rN +0)', 'rN = *(u8 *)(rN +4)', '*(u32 *)(rN +0) = 7', 'if rN == 0 goto pc+1\nrN = *(u64 *)(rN +8)', 'rN += 4', 'if rN > 5 goto pc+1\nrN = 0', 'r0 = *(u32 *)(rN +64)', `r0 = *(u64 *)(rN +${memberOff('task_struct', 'real_parent')})\nr0 = *(u32 *)(r0 +${memberOff('task_struct', 'pid')})`];

/** A global function, its parameters and its body. */
function writeGlobal(random) {
  const params = Array.from({ length: random.between(1, 4) }, () => random.pick(PARAMS));
  const list = params.map(([text], idx) => text.replace(/\b(n|p|ctx)\b(?= __|$)/, `$1${idx}`)).join(', ');
  const body = [];
  for (let count = random.between(0, 3); count > 0; count--) body.push(...random.pick(USES).replaceAll('rN', `r${random.between(1, params.length)}`).split('\n'));
  if (random.chance(30)) body.push('call bpf_get_prandom_u32', 'r0 &= 7');
  else if (random.chance(90)) body.push('r0 = 0');
  return { name: 'fn', suits: params.map(([, kinds]) => kinds), func: `func fn ${random.weighted([[8, 'int'], [2, 'void'], [1, 'u64']])} fn(${list})`, body: ['fn:', ...body, 'exit'] };
}

/** What is entered before the call and, mostly, left after it. */
const REGIONS = [
  { enter: ['call bpf_rcu_read_lock'], leave: ['call bpf_rcu_read_unlock'] },
  { enter: ['call bpf_preempt_disable'], leave: ['call bpf_preempt_enable'] },
  { enter: ['r1 = r10', 'r1 += -160', 'call bpf_local_irq_save'], leave: ['r1 = r10', 'r1 += -160', 'call bpf_local_irq_restore'] },
  { enter: ['r1 = map[s]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', '*(u64 *)(r10 -144) = r0', 'r1 = r0', 'call bpf_spin_lock'], leave: ['r1 = *(u64 *)(r10 -144)', 'call bpf_spin_unlock'] },
  { enter: ['r1 = map[l]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', '*(u64 *)(r10 -152) = r0', 'r1 = r0', 'call bpf_res_spin_lock', 'if r0 != 0 goto out'], leave: ['r1 = *(u64 *)(r10 -152)', 'call bpf_res_spin_unlock'] },
];

/** What is done with R0 after the call. */
const RESULTS = [
  ['if r0 == 0 goto out', 'r1 = *(u8 *)(r0 +0)'], ['if r0 == 0 goto out', 'r1 = *(u64 *)(r0 +0)'], ['if r0 == 0 goto out', 'r1 = *(u64 *)(r0 +8)', 'r1 = *(u64 *)(r1 +0)'], ['r1 = *(u64 *)(r0 +0)'], ['if r0 == 0 goto out', '*(u64 *)(r0 +0) = r9'], ['if r0 == 0 goto out', '*(u32 *)(r0 +4) = 7'], ['if r0 != 0 goto out'], ['if r0 s< 0 goto out', 'r1 = r8', 'r1 += r0'], ['r0 += 8', 'r1 = *(u8 *)(r0 +0)'], ['if r0 s> 3 goto out'], ['r0 &= 7', 'r1 = r8', 'r1 += r0', 'r1 = *(u8 *)(r1 +0)'], ['w0 = w0', 'if w0 == 0 goto out'], ['if r0 > 16 goto out', 'r1 = r8', 'r1 += r0', '*(u8 *)(r1 +0) = 1'], ['*(u64 *)(r10 -8) = r0', 'r0 = *(u64 *)(r10 -8)', 'if r0 == 0 goto out'], ['r0 = -r0'], ['if r0 == 0 goto out', 'r1 = r9', 'r1 &= 7', 'r0 += r1', 'r1 = *(u8 *)(r0 +0)'], ['r0 = *(u32 *)(r0 +4)'], ['if r0 == r8 goto out'], ['if r0 == r6 goto out', 'r1 = *(u64 *)(r0 +0)'],
];

const RELEASES = ['bpf_sk_release', 'bpf_task_release', 'bpf_obj_drop_impl', 'bpf_cgroup_release', 'bpf_cpumask_release', 'bpf_ringbuf_discard', 'bpf_percpu_obj_drop_impl', 'bpf_key_put', 'bpf_ringbuf_submit'];
/** What a kind's make leaves held, and who takes it back. */
const GIVEN_BACK = [[/^(tcp|udp|skc)\b|^of (map|array)|^skc tcp6/, 'bpf_sk_release'], [/^task (ref|acquired)/, 'bpf_task_release'], [/^cgroup/, 'bpf_cgroup_release'], [/^mask|exchanged mask/, 'bpf_cpumask_release'], [/^(own|item|plain|leaf|popped|exchanged)/, 'bpf_obj_drop_impl'], [/^percpu( or null)?$/, 'bpf_percpu_obj_drop_impl'], [/^record/, 'bpf_ringbuf_discard'], [/^key/, 'bpf_key_put'], [/^dynptr record/, 'bpf_ringbuf_discard_dynptr'], [/^iter num/, 'bpf_iter_num_destroy'], [/^iter bits/, 'bpf_iter_bits_destroy'], [/^iter task/, 'bpf_iter_task_destroy'], [/^flags$/, 'bpf_local_irq_restore'], [/held$|^first|^front|^popped/, 'bpf_spin_unlock']];

const placeOf = (idx) => -(192 + 32 * idx);
const slotOf = (idx) => -(72 + 8 * idx);

function fill(lines, idx, program) {
  return lines.flatMap((line) => {
    if (line === 'PACKET' || line === 'META') return (line === 'PACKET' ? program.packet : program.meta) ?? ['r1 = r6', 'r2 = r6'];
    return [line.replaceAll('rN', `r${idx + 1}`).replaceAll('wN', `w${idx + 1}`).replace('r10 @A', `r10 ${placeOf(idx)}`).replaceAll('@A', placeOf(idx)).replaceAll('r10 @S', `r10 ${slotOf(idx)}`).replaceAll('MEMBER', program.member ?? 0)];
  });
}

/** Values of two kinds, and what may be done with them. */
function writeUses(program, random, asm) {
  const kinds = [random.pick(ANY), random.chance(60) ? random.pick(names(NUMBERS)) : random.pick(ANY)];
  writeKinds(kinds, program, asm);
  const registers = random.chance(70) ? [1, 2] : [7, 9];
  if (registers[0] !== 1) asm.push('r7 = r1', 'r9 = r2');
  for (let count = random.weighted([[5, 1], [3, 2], [1, 3]]); count > 0; count--) asm.push(...writeUse(random, ...(random.chance(80) ? registers : registers.toReversed())));
  for (const [idx, name] of kinds.entries()) giveBack(name, idx, program, random, asm);
}

const FAMILIES = [NUMBERS, MEMORY, PLACES, OBJECTS, FIELDS, SOCKETS, OTHERS, MAP_KINDS].map((group) => Object.keys(group));

/** A register that is of one kind, or another, where two paths meet, and what may be done with it then. */
function writeJoin(program, random, asm) {
  const kind = random.pick(ANY);
  const other = random.weighted([[5, kind], [6, random.pick(FAMILIES.find((family) => family.includes(kind)))], [2, random.pick(ANY)]]);
  const [far, met] = [`far${asm.length}`, `met${asm.length}`];
  const keep = random.chance(50) ? ['*(u64 *)(r10 -480) = r1'] : ['r7 = r1'];
  asm.push(random.pick(['if r9 s> 5 goto ', 'if r9 == 0 goto ', 'if r9 & 4 goto ', 'if w9 > 7 goto ']) + far);
  writeKinds([kind], program, asm);
  asm.push(...keep, `goto ${met}`, `${far}:`);
  writeKinds([other], program, asm);
  asm.push(...keep, `${met}:`);
  if (random.chance(30)) asm.push('r0 = 0', 'r1 = 0', 'r2 = 0', 'r3 = 0', 'r4 = 0');
  asm.push(keep[0] === 'r7 = r1' ? 'r1 = r7' : 'r1 = *(u64 *)(r10 -480)', random.pick(['r2 = r9', 'r2 = r8', 'r2 = 8']));
  asm.push(...writeUse(random, 1, 2));
  giveBack(kind, 0, program, random, asm);
}

/** Makes values of kinds and puts them into R1, R2, … */
function writeKinds(kinds, program, asm) {
  for (const [idx, name] of kinds.entries()) {
    const { make } = ALL_KINDS[name];
    if (make === undefined || make.length === 0) continue;
    asm.push(...fill(make, idx, program));
    if (ALL_KINDS[name].put[0] === 'rN = *(u64 *)(r10 @S)') asm.push(`*(u64 *)(r10 ${slotOf(idx)}) = r0`);
  }
  for (const [idx, name] of kinds.entries()) asm.push(...fill(ALL_KINDS[name].put, idx, program));
}

/** Gives back, mostly, what a kind holds. */
function giveBack(name, idx, program, random, asm) {
  const giver = GIVEN_BACK.find(([pattern]) => pattern.test(name))?.[1];
  if (giver !== undefined && random.chance(75)) {
    if (giver === 'bpf_spin_unlock') asm.push('r1 = *(u64 *)(r10 -144)', 'call bpf_spin_unlock');
    else asm.push(...fill(ALL_KINDS[name].put, 0, program).map((line) => line.replaceAll(placeOf(0), placeOf(idx)).replaceAll(`r10 ${slotOf(0)}`, `r10 ${slotOf(idx)}`)), 'r2 = 0', `call ${giver}`);
  } else if (random.chance(15)) asm.push(`r1 = *(u64 *)(r10 ${slotOf(idx)})`, `r1 = *(u64 *)(r1 +${random.pick([0, 0, 4, 8])})`);
}

/** One call: its arguments, made and put. */
function writeCall(program, random, asm, fn) {
  const all = random.chance(4);
  const { helpers, kfuncs } = callees(program, all);
  const callee = fn !== undefined && random.chance(70) ? fn : kfuncs.length > 0 && random.chance(50) ? random.pick(kfuncs) : random.pick(helpers);
  const suited = callee.suits ?? suits(callee, program);
  if (suited === undefined) return;
  const wrong = random.chance(50) ? random.below(Math.max(1, suited.length)) : -1;
  const also = random.chance(10);
  const kinds = suited.map((list, idx) => (idx === wrong || (also && random.chance(30)) ? random.pick(ANY) : random.pick(list)));
  // Linux 6.18.44 oopses when it looks for work in a map that has nothing special.
  if (OOPSES.test(callee.name)) for (const [idx, name] of kinds.entries()) if (idx > 0 && suited[idx].includes('map t') ? !NO_MAPS.includes(name) : /^map /.test(name)) kinds[idx] = random.pick(SPECIAL_MAPS);
  writeKinds(kinds, program, asm);
  asm.push(`call ${callee.name}`);
  if (random.chance(70)) asm.push(...random.pick(RESULTS));
  if (random.chance(10)) asm.push('r1 = r0', 'r2 = 0', `call ${random.pick(RELEASES)}`);
  for (const [idx, name] of kinds.entries()) giveBack(name, idx, program, random, asm);
}

const SETUP = (task) => ['r6 = r1', '*(u64 *)(r10 -8) = 0', ...[16, 24, 32, 40, 48, 56, 64].map((off) => `*(u64 *)(r10 -${off}) = 0`), ...task, 'r1 = map[m]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', 'r8 = r0', 'call bpf_get_prandom_u32', 'r9 = r0'];
/** A value's field in R1. */
const AT = (map, off) => [`r1 = map[${map}]`, 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', 'r1 = r0', `r1 += ${off}`];
const SAVE = [6, 7, 8, 9].map((reg, idx) => `*(u64 *)(r10 -${136 - idx * 8}) = r${reg}`);
const restore = (from) => [...[6, 7, 8, 9].map((reg, idx) => `r${reg} = *(u64 *)(r${from} +${idx * 8})`), ...[8, 16, 24, 32, 40, 48, 56, 64].map((off) => `*(u64 *)(r10 -${off}) = 0`)];

/** Ways to be called: from a function, from callbacks; lines in the main program, what the body begins with, and how it is declared. */
const WRAPPED = {
  static: { call: ['r1 = r10', 'r1 += -136', 'call body'], begin: restore(1) },
  loop: { call: ['r1 = 3', 'r2 = subprog[body]', 'r3 = r10', 'r3 += -136', 'r4 = 0', 'call bpf_loop'], begin: restore(2) },
  each: { call: ['r1 = map[h]', 'r2 = subprog[body]', 'r3 = r10', 'r3 += -136', 'r4 = 0', 'call bpf_for_each_map_elem'], begin: restore(4) },
  global: { call: ['r1 = r6', 'call body'], begin: SETUP(CURRENT.task), func: 'func body int body(void *ctx __arg_ctx)' },
  timer: { call: [...AT('t', 8), 'r2 = map[t]', 'r3 = 1', 'call bpf_timer_init', ...AT('t', 8), 'r2 = subprog[body]', 'call bpf_timer_set_callback'], begin: SETUP(CURRENT.task) },
  wq: { call: [...AT('t', 24), 'r2 = map[t]', 'r3 = 0', 'call bpf_wq_init', ...AT('t', 24), 'r2 = subprog[body]', 'r3 = 0', 'r4 = 0', 'call bpf_wq_set_callback_impl'], begin: SETUP(CURRENT.task) },
  drain: { call: ['r1 = map[ub]', 'r2 = subprog[body]', 'r3 = r10', 'r3 += -136', 'r4 = 0', 'call bpf_user_ringbuf_drain'], begin: ['*(u64 *)(r10 -176) = r1', ...restore(2), 'r7 = *(u64 *)(r10 -176)'] },
  vma: { call: ['r1 = r7', 'r2 = 0', 'r3 = subprog[body]', 'r4 = r10', 'r4 += -136', 'r5 = 0', 'call bpf_find_vma'], begin: ['*(u64 *)(r10 -176) = r2', ...restore(3), 'r6 = *(u64 *)(r10 -176)'] },
  less: { call: ['r1 = type[leaf]', 'r2 = 0', 'call bpf_obj_new_impl', 'if r0 == 0 goto out', 'r7 = r0', ...AT('us', 0), 'r8 = r1', 'call bpf_spin_lock', 'r1 = r8', 'r1 += 24', 'r2 = r7', 'r2 += 8', 'r3 = subprog[body]', 'r4 = 0', 'r5 = 0', 'call bpf_rbtree_add_impl', 'r1 = r8', 'call bpf_spin_unlock'], begin: ['r6 = r1', 'r7 = r2', 'r8 = 0', 'r9 = *(u64 *)(r1 -8)', ...[8, 16, 24, 32, 40, 48, 56, 64].map((off) => `*(u64 *)(r10 -${off}) = 0`)] },
};
/** Ways to be repeated: lines before and after the body. */
const REPEATED = [
  { before: ['r1 = r10', 'r1 += -168', 'r2 = 0', 'r3 = 4', 'call bpf_iter_num_new', 'again:', 'r1 = r10', 'r1 += -168', 'call bpf_iter_num_next', 'if r0 == 0 goto enough'], after: ['goto again', 'enough:', 'r1 = r10', 'r1 += -168', 'call bpf_iter_num_destroy'] },
  { before: ['again:', 'may_goto enough'], after: ['goto again', 'enough:'] },
  { before: ['*(u64 *)(r10 -168) = 0', 'again:', 'r1 = *(u64 *)(r10 -168)', 'if r1 > 2 goto enough', 'r1 += 1', '*(u64 *)(r10 -168) = r1'], after: ['goto again', 'enough:'] },
];

/** @returns `{ head, asm, what }` lines of a case */
export function writeProgram(random) {
  const program = random.weighted(PROGRAMS.map((row) => [row.weight, row]));
  const fn = random.chance(12) ? writeGlobal(random) : undefined;
  const body = [];
  const entered = [];
  for (let count = random.weighted([[6, 0], [5, 1], [1, 2]]); count > 0; count--) {
    const region = random.weighted([[4, REGIONS[0]], [2, REGIONS[1]], [2, REGIONS[2]], [3, REGIONS[3]], [2, REGIONS[4]]]);
    entered.push(region);
    body.push(...region.enter);
  }
  for (let count = random.weighted([[6, 1], [2, 2], [1, 3]]); count > 0; count--) {
    if (random.chance(25)) writeUses(program, random, body);
    else if (random.chance(30)) writeJoin(program, random, body);
    else writeCall(program, random, body, fn);
  }
  for (const region of entered.reverse()) if (random.chance(88)) body.push(...region.leave);
  const wrapped = random.chance(35) ? WRAPPED[random.pick(Object.keys(WRAPPED))] : undefined;
  const repeated = random.chance(15) ? random.pick(REPEATED) : undefined;
  const inner = repeated === undefined ? body : [...repeated.before, ...body.map((line) => line.replace('goto out', 'goto again')), ...repeated.after];
  const setup = SETUP(program.task ?? ['r7 = 0']);
  const end = ['out:', 'r0 = 0', 'exit'];
  const asm = wrapped === undefined
    ? [...setup, ...inner, ...end]
    : [...setup, ...SAVE, ...wrapped.call, ...end, 'body:', ...[...wrapped.begin, ...inner].map((line) => line.replace('goto out', 'goto done')), 'done:', 'r0 = 0', 'exit'];
  const text = asm.join('\n');
  const funcs = ['func main int main(u64 ctx)'];
  if (wrapped !== undefined) funcs.push(wrapped.func ?? 'func body static int body(u64 a, u64 b, u64 c, u64 d)');
  if (body.includes('call sub')) {
    asm.push(...writeSub(random));
    funcs.push('func sub static int sub(u64 a, u64 b)');
  }
  if (fn !== undefined && text.includes('call fn')) {
    asm.push(...fn.body);
    funcs.push(fn.func);
  }
  for (const name of ['cb', 'cb2']) {
    if (!text.includes(`subprog[${name}]`)) continue;
    asm.push(`${name}:`, ...(name === 'cb' ? [] : random.pick([['r1 = *(u64 *)(r2 +0)'], ['r6 = r2', 'call bpf_get_prandom_u32', 'r0 &= 1', 'exit'], ['r1 = r3', 'call bpf_get_prandom_u32'], ['if r2 == 0 goto pc+1', 'r3 = *(u64 *)(r3 +0)'], ['*(u64 *)(r2 +0) = 7']])), 'r0 = 0', 'exit');
    funcs.push(`func ${name} static int ${name}(u64 a, u64 b)`);
  }
  const used = [...new Set([...text.matchAll(/\bmap\[(\w+)\]/g)].map(([, name]) => name))];
  if (used.includes('am') && !used.includes('m')) used.unshift('m');
  const order = Object.keys(MAPS).filter((name) => used.includes(name));
  return { head: [...program.head, ...(program.head.some((line) => line.startsWith('flags')) || !random.chance(25) ? [] : [`flags ${random.pick([1, 2, 4, 8, 8, 8, 8, 128, 136])}`]), ...(random.chance(4) ? ['license Proprietary'] : []), ...STRUCTS, ...order.map((name) => `map ${name}: ${MAPS[name]}`), ...funcs], asm };
}

export { callees, CURRENT, fill, GIVEN_BACK, OOPSES, PROGRAMS, REGIONS, RESULTS, SAVE, SETUP, slotOf, SPECIAL_MAPS, suits, WRAPPED };
