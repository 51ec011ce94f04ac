// Which programs are all there are of a kind?
import { records } from './record-sweep.mjs';
import { rootlet } from './rootlet.mjs';
import { TARGETS } from './trace-targets.mjs';
import { vmlinux } from './judges.mjs';

const { decodeInsns, findHelper, findProgType, helperName } = rootlet;

/** `[code, dst, src, off, imm]` of each instruction. */
function insnsOf(list) {
  const bytes = Buffer.alloc(list.length * 8);
  list.forEach(([code, dst = 0, src = 0, off = 0, imm = 0], i) => {
    bytes[i * 8] = code;
    bytes[i * 8 + 1] = (src << 4) | dst;
    bytes.writeInt16LE(off, i * 8 + 2);
    bytes.writeInt32LE(imm | 0, i * 8 + 4);
  });
  return decodeInsns(new Uint8Array(bytes), true);
}

const FUNC = 12;
const TYPEDEF = 8;
const STRUCT = 4;
const id = (name, kind) => vmlinux?.findByNameKind(name, kind) ?? 0;

/** Program types and attach types: what the simulation has rows for. */
const KINDS = [
  [1], [2], [2, 42], [2, 48], [2, 56], [2, 57], [3], [3, 46], [3, 47], [4], [5], [6], [6, 33], [6, 35], [6, 37], [7], [7, 41], [8], [8, 1], [9, 2], [9], [9, 34], [9, 12], [9, 13], [10], [11], [12], [13, 3], [14, 4], [14, 5], [14, 38], [15, 6], [16, 7], [17],
  ...[8, 9, 10, 11, 14, 15, 19, 20, 29, 30, 31, 32, 49, 50, 51, 52, 53].map((attach) => [18, attach]), [19], [20], [21], [21, 39], [21, 40], [22, 17], [23, 18], [24], [25, 21], [25, 22], [30, 36], [31], [32, 45],
].map(([type, attach = 0]) => ({ type, attach, name: `${type}:${attach}` }));
const TRACING = vmlinux === undefined ? [] : [
  ...['kfree_skb', 'sched_switch', 'task_newtask', 'tcp_probe', 'mm_page_alloc', 'sys_enter', 'consume_skb', 'sched_pi_setprio', 'cgroup_mkdir', 'block_rq_issue', 'xdp_exception', 'sk_data_ready'].map((name) => ({ type: 26, attach: 23, btfId: id(`btf_trace_${name}`, TYPEDEF), name: `tracepoint ${name}` })),
  ...['task', 'tcp', 'bpf_map', 'bpf_map_elem', 'bpf_prog', 'cgroup', 'task_file', 'task_vma', 'bpf_sk_storage_map', 'ipv6_route', 'ksym', 'netlink', 'sockmap', 'udp', 'unix', 'bpf_link', 'kmem_cache', 'dmabuf'].map((name) => ({ type: 26, attach: 28, btfId: id(`bpf_iter_${name}`, FUNC), name: `iterator ${name}` })),
  ...Array.from({ length: 26 }, (_, attach) => ({ type: 27, attach, btfId: id('tcp_congestion_ops', STRUCT), name: `tcp_congestion_ops ${attach}` })),
  ...Array.from({ length: 5 }, (_, attach) => ({ type: 27, attach, btfId: id('bpf_dummy_ops', STRUCT), name: `bpf_dummy_ops ${attach}` })),
].filter(({ btfId }) => btfId !== 0);
const ALL = [...KINDS, ...TRACING];

const LOADS = [['u8', 0x71, 1], ['u16', 0x69, 2], ['u32', 0x61, 4], ['u64', 0x79, 8], ['s8', 0x91, 1], ['s16', 0x89, 2], ['s32', 0x81, 4]];
const EXIT = [[0xb7, 0, 0, 0, 1], [0x95]];

function* context() {
  for (const kind of ALL) {
    const end = kind.type === 31 ? 40 : kind.type >= 26 && kind.type <= 27 ? 104 : 216;
    for (let off = -8; off < end; off++) {
      for (const flags of [0, 1, 2]) {
        for (const [name, code, size] of LOADS) {
          if (off % size !== 0 && (flags !== 0 || size === 8) && off % 3 !== 0) continue;
          yield { what: `${kind.name} ${name} at ${off}, flags ${flags}`, ...kind, flags, insns: insnsOf([[code, 0, 1, off], ...EXIT]) };
          if (code > 0x80 || flags === 2) continue;
          yield { what: `${kind.name} store ${name} at ${off}, flags ${flags}`, ...kind, flags, insns: insnsOf([[0xb7, 0, 0, 0, 7], [code + 2, 1, 0, off], ...EXIT]) };
          if (flags === 0) yield { what: `${kind.name} store imm ${name} at ${off}`, ...kind, insns: insnsOf([[code + 1, 1, 0, off, 7], ...EXIT]) };
        }
      }
      if (off % 4 === 0) yield { what: `${kind.name} pointer stored at ${off}`, ...kind, insns: insnsOf([[0x7b, 1, 1, off], ...EXIT]) };
      if (off % 8 === 0) yield { what: `${kind.name} used at ${off}`, ...kind, insns: insnsOf([[0x79, 6, 1, off], [0x15, 6, 0, 1, 0], [0x79, 0, 6, 0, 0], ...EXIT]) };
      if (off % 8 === 0) yield { what: `${kind.name} changed at ${off}`, ...kind, insns: insnsOf([[0x79, 6, 1, off], [0x07, 6, 0, 0, 8], [0x71, 0, 6, 0, 0], ...EXIT]) };
      if (off % 4 === 0 && off >= 0 && off < 64) yield { what: `${kind.name} atomic at ${off}`, ...kind, insns: insnsOf([[0xb7, 2, 0, 0, 7], [0xc3, 1, 2, off, 0], ...EXIT]) };
    }
    for (const add of [1, 4, 8, -8]) yield { what: `${kind.name} moved by ${add}`, ...kind, insns: insnsOf([[0x07, 1, 0, 0, add], [0x61, 0, 1, 8 - add], ...EXIT]) };
    yield { what: `${kind.name} variable`, ...kind, insns: insnsOf([[0xbf, 6, 1], [0x85, 0, 0, 0, 7], [0x57, 0, 0, 0, 4], [0x0f, 6, 0], [0x61, 0, 6, 0], ...EXIT]) };
  }
}

/** What R0 may be: lines that set it, R6 being the context. */
const RESULTS = [
  ...[-2147483648, -4096, -4095, -2, -1, 0, 1, 2, 3, 4, 5, 7, 8, 100, 2147483647].map((value) => [`${value}`, [[0xb7, 0, 0, 0, value]]]),
  ...[-1, 0, 1, 3].map((value) => [`low ${value}`, [[0xb4, 0, 0, 0, value]]]),
  ['none', []], ['context', [[0xbf, 0, 6]]], ['stack', [[0xbf, 0, 10]]], ['unknown', [[0x85, 0, 0, 0, 7]]], ['to 1', [[0x85, 0, 0, 0, 7], [0x57, 0, 0, 0, 1]]], ['to 3', [[0x85, 0, 0, 0, 7], [0x57, 0, 0, 0, 3]]], ['2 or 0', [[0x85, 0, 0, 0, 7], [0x57, 0, 0, 0, 2]]], ['half', [[0x85, 0, 0, 0, 7], [0xbc, 0, 0]]], ['-1 to 0', [[0x85, 0, 0, 0, 7], [0x67, 0, 0, 0, 32], [0xc7, 0, 0, 0, 63]]], ['-4 to 3', [[0x85, 0, 0, 0, 7], [0x57, 0, 0, 0, 7], [0x07, 0, 0, 0, -4]]], ['1 and 0', [[0x85, 0, 0, 0, 7], [0xbf, 1, 0], [0xb7, 0, 0, 0, 1], [0x25, 1, 0, 1, 5], [0xb7, 0, 0, 0, 0]]], ['0 and 9', [[0x85, 0, 0, 0, 7], [0xbf, 1, 0], [0xb7, 0, 0, 0, 0], [0x25, 1, 0, 1, 5], [0xb7, 0, 0, 0, 9]]], ['map', [[0x79, 0, 6, 0]]], ['bounded', [[0x85, 0, 0, 0, 7], [0xa5, 0, 0, 1, 2], [0xb7, 0, 0, 0, 0]]], ['signed', [[0x85, 0, 0, 0, 7], [0x67, 0, 0, 0, 32], [0xc7, 0, 0, 0, 32], [0x65, 0, 0, 1, 1], [0x05, 0, 0, 1], [0xb7, 0, 0, 0, 0]]],
];

function* exits() {
  for (const kind of ALL) {
    for (const flags of [0, 16]) {
      for (const [name, lines] of RESULTS) {
        yield { what: `${kind.name} returns ${name}, flags ${flags}`, ...kind, flags, insns: insnsOf([[0xbf, 6, 1], ...lines, [0x95]]) };
        if (flags === 0) yield { what: `${kind.name} returns ${name} of a function`, ...kind, insns: insnsOf([[0x85, 0, 1, 0, 1], [0x95], [0xbf, 6, 1], ...lines, [0x95]]) };
      }
    }
  }
}

function* insns() {
  const sixth = [[0xb7, 0, 0, 0, 8], [0x7b, 10, 0, -8], [0xbf, 2, 10], [0xb7, 1, 0, 0, 3]];
  for (let code = 0; code < 256; code++) {
    for (const dst of [0, 2, 10, 11]) {
      for (const src of [0, 1, 2, 3, 10, 11]) {
        for (const off of [0, 1, -1, -8, 8, 16]) {
          for (const imm of [0, 1, 2, -1, 16, 32, 0xe1, 0x100, 0x110]) {
            if ((dst === 11 || src === 11) && (off !== 0 || imm !== 0)) continue;
            yield { what: `${code.toString(16)} ${dst} ${src} ${off} ${imm}`, type: 1, insns: insnsOf([...sixth, [code, dst, src, off, imm], [0xb7, 0], [0xb7, 0], [0x95]]) };
          }
        }
      }
    }
  }
}

function* flags() {
  for (const kind of ALL) {
    for (let bit = 0; bit < 20; bit++) {
      for (const more of [0, 8, 16]) {
        yield { what: `${kind.name} flag ${1 << bit} with ${more}`, ...kind, flags: (1 << bit) | more, insns: insnsOf([[0xb7, 0, 0, 0, 1], [0x7b, 10, 0, -9], [0x95]]) };
        if (more === 0) yield { what: `${kind.name} flag ${1 << bit} aligned`, ...kind, flags: 1 << bit, insns: insnsOf([[0xb7, 0, 0, 0, 1], [0x7b, 10, 0, -8], [0x61, 1, 10, -6], [0x95]]) };
      }
    }
    for (let attach = 0; attach < 64; attach++) yield { what: `${kind.type} attach ${attach}`, ...kind, attach, insns: insnsOf([[0xb7, 0, 0, 0, 1], [0x95]]) };
  }
}

const MAPS = {
  hash: 'hash key=8 value=16 entries=4', array: 'array key=4 value=16 entries=4', prog_array: 'prog_array key=4 value=4 entries=4', perf: 'perf_event_array key=4 value=4 entries=4', percpu_hash: 'percpu_hash key=8 value=16 entries=4', percpu_array: 'percpu_array key=4 value=16 entries=4', stack_trace: 'stack_trace key=4 value=80 entries=4', cgroup_array: 'cgroup_array key=4 value=4 entries=4', lru_hash: 'lru_hash key=8 value=16 entries=4', lru_percpu_hash: 'lru_percpu_hash key=8 value=16 entries=4', lpm: 'lpm_trie key=8 value=8 entries=4 flags=1', devmap: 'devmap key=4 value=4 entries=4', devmap8: 'devmap key=4 value=8 entries=4', sockmap: 'sockmap key=4 value=4 entries=4', cpumap: 'cpumap key=4 value=4 entries=2', xskmap: 'xskmap key=4 value=4 entries=4', sockhash: 'sockhash key=4 value=4 entries=4', cgroup_storage: 'cgroup_storage key=16 value=16 entries=0', reuseport: 'reuseport_sockarray key=4 value=8 entries=4', percpu_cgroup_storage: 'percpu_cgroup_storage key=16 value=16 entries=0', queue: 'queue key=0 value=8 entries=4', stack: 'stack key=0 value=8 entries=4', sk_storage: 'sk_storage key=4 value=16 entries=0 flags=1 fields=a:u64,b:u64', devmap_hash: 'devmap_hash key=4 value=4 entries=4', ringbuf: 'ringbuf key=0 value=0 entries=4096', inode_storage: 'inode_storage key=4 value=16 entries=0 flags=1 fields=a:u64,b:u64', task_storage: 'task_storage key=4 value=16 entries=0 flags=1 fields=a:u64,b:u64', bloom: 'bloom_filter key=0 value=8 entries=4', user_ringbuf: 'user_ringbuf key=0 value=0 entries=4096', cgrp_storage: 'cgrp_storage key=4 value=16 entries=0 flags=1 fields=a:u64,b:u64', arena: 'arena key=0 value=0 entries=10 flags=1024 extra=0x100000000000', rdonly: 'array key=4 value=16 entries=4 flags=128', wronly: 'array key=4 value=16 entries=4 flags=256', frozen: 'array key=4 value=16 entries=1 flags=128 frozen=25640a00410200257300257800257500', mmapable: 'array key=4 value=16 entries=4 flags=1024', hash_rdonly: 'hash key=8 value=16 entries=4 flags=128', hash_wronly: 'hash key=8 value=16 entries=4 flags=256', no_prealloc: 'hash key=8 value=16 entries=4 flags=1', queue_rdonly: 'queue key=0 value=8 entries=4 flags=128', queue_wronly: 'queue key=0 value=8 entries=4 flags=256',
};
const MAP_HEADS = [['prog socket_filter', 1, 0], ['prog sched_cls', 3, 0], ['prog xdp', 6, 0], ['prog kprobe', 2, 0], ['prog kprobe\nflags 16', 2, 0], ['prog tracing\nattach trace_raw_tp\nattach_btf btf_trace_sched_switch', 26, 23], ['prog perf_event', 7, 0], ['prog sk_skb\nattach sk_skb_stream_verdict', 14, 5], ['prog sk_msg\nattach sk_msg_verdict', 16, 7], ['prog sk_reuseport\nattach sk_reuseport_select', 21, 39], ['prog cgroup_skb', 8, 0], ['prog sock_ops\nattach cgroup_sock_ops', 13, 3], ['prog syscall\nflags 16', 31, 0], ['prog cgroup_sock_addr\nattach cgroup_inet4_connect', 18, 10], ['prog tracepoint', 5, 0], ['prog raw_tracepoint', 17, 0]];

function* maps() {
  for (const [head, type, attach] of MAP_HEADS) {
    for (const [name, map] of Object.entries(MAPS)) {
      const program = (what, lines) => ({ what: `${head.replaceAll('\n', ' ')} ${name} ${what}`, text: `${head}\nmap m: ${map}\nfunc main int main(u64 ctx)${lines.includes('r2 = subprog[cb]') ? '\nfunc cb static int cb(u64 a, u64 b)' : ''}\n---\n${['r6 = r1', ...[8, 16, 24, 32].map((off) => `*(u64 *)(r10 -${off}) = 0`), ...lines, 'r0 = 0', 'exit', ...(lines.includes('r2 = subprog[cb]') ? ['cb:', 'r0 = 0', 'exit'] : [])].join('\n')}\n` });
      for (let helper = 1; helperName(helper) !== undefined; helper++) {
        const { args } = findHelper(helper, type) ?? { args: [] };
        if (!args.includes('map') || !findProgType(type).allowsHelper(helper, attach)) continue;
        const put = args.map((kind, idx) => {
          const reg = `r${idx + 1}`;
          if (kind === 'map') return [`${reg} = map[m]`];
          if (kind === 'ctx' || kind === 'ctx_or_null') return [`${reg} = r6`];
          if (kind === 'func') return [`${reg} = subprog[cb]`];
          if (kind === 'size' || kind === 'size0' || kind === 'alloc_size') return [`${reg} = 8`];
          if (kind === 'any') return [`${reg} = 0`];
          if (/^btf/.test(String(kind))) return [`${reg} = *(u64 *)(r6 +8)`];
          return [`${reg} = r10`, `${reg} += -32`];
        });
        const call = [...put.flat(), `call ${helperName(helper)}`];
        yield program(`${helperName(helper)}`, call);
        if (helper !== 1 && helper !== 195) continue;
        for (const use of [['r1 = *(u64 *)(r0 +0)'], ['if r0 == 0 goto pc+1', 'r1 = *(u64 *)(r0 +8)'], ['if r0 == 0 goto pc+1', '*(u64 *)(r0 +0) = 1'], ['if r0 == 0 goto pc+1', 'r1 = *(u64 *)(r0 +16)'], ['if r0 == 0 goto pc+1', 'r1 = *(u32 *)(r0 +13)'], ['if r0 == 0 goto pc+1', '*(u64 *)(r0 +0) = r10'], ['if r0 == 0 goto pc+2', 'r1 = 1', 'lock *(u64 *)(r0 +0) += r1'], ['if r0 == 0 goto pc+5', 'r2 = r0', 'r1 = map[m]', 'r3 = r0', 'r4 = 0', 'call bpf_map_update_elem'], ['r1 = r0', 'r2 = 8', 'r3 = 0', 'call bpf_trace_printk']]) yield program(`${helperName(helper)} ${use.join('; ')}`, [...call, ...use]);
      }
      for (const off of [0, 8, 15, 16, 17]) {
        yield program(`direct ${off}`, [`r1 = map[m][0]+${off}`, 'r0 = *(u8 *)(r1 +0)']);
        yield program(`direct ${off} write`, [`r1 = map[m][0]+${off}`, '*(u8 *)(r1 +0) = 1']);
      }
      yield program('read as object', ['r1 = map[m]', 'r0 = *(u64 *)(r1 +0)', 'r0 = *(u32 *)(r1 +24)']);
      yield program('written', ['r1 = map[m]', '*(u64 *)(r1 +0) = 0']);
      yield program('moved', ['r1 = map[m]', 'r1 += 8', 'r2 = r10', 'call bpf_map_lookup_elem']);
      yield program('or nothing', ['r1 = map[m]', 'if r1 == 0 goto pc+1', 'r0 = *(u64 *)(r1 +8)']);
    }
  }
}

/** What a step may be that the path's history has, or has not: R6 is unknown, R8 a small number, R9 the context. */
const STEPS = {
  nothing: [], store: ['*(u64 *)(r10 -8) = 1'], 'half store': ['*(u32 *)(r10 -12) = 1'], 'byte store': ['*(u8 *)(r10 -13) = r8'], spill: ['*(u64 *)(r10 -16) = r6'], 'context spill': ['*(u64 *)(r10 -16) = r9'], 'half spill': ['*(u32 *)(r10 -16) = r6'], fill: ['r1 = *(u64 *)(r10 -16)'], 'half fill': ['r1 = *(u32 *)(r10 -16)'], 'upper fill': ['r1 = *(u32 *)(r10 -12)'], 'signed fill': ['r1 = *(s32 *)(r10 -12)'], 'byte fill': ['r1 = *(u8 *)(r10 -13)'], 'filled pointer': ['*(u64 *)(r10 -16) = r9', 'r1 = *(u64 *)(r10 -16)'],
  'variable fill': ['r1 = r6', 'r1 &= 8', 'r1 += r10', 'r1 = *(u64 *)(r1 -24)'], 'variable store': ['r1 = r6', 'r1 &= 8', 'r1 += r10', '*(u64 *)(r1 -24) = 1'], 'moved pointer': ['r1 = r10', 'r1 += -16', 'r1 = *(u64 *)(r1 +0)'],
  add: ['lock *(u64 *)(r10 -8) += r8'], 'half add': ['lock *(u32 *)(r10 -8) += r8'], 'fetch add': ['r1 = 1', 'r1 = atomic64_fetch_add((u64 *)(r10 -8), r1)'], exchange: ['r1 = 1', 'r1 = atomic64_xchg((u64 *)(r10 -8), r1)'], 'compare and exchange': ['r0 = 0', 'r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r8)'], acquire: ['r1 = load_acquire((u64 *)(r10 -8))'], release: ['store_release((u64 *)(r10 -8), r8)'],
  'two linked': ['r1 = r6', 'if r1 > 5 goto pc+0'], 'three linked': ['r1 = r6', 'r2 = r6', 'if r1 > 5 goto pc+0'], 'seven linked': ['r1 = r6', 'r2 = r6', 'r3 = r6', 'r4 = r6', 'r5 = r6', 'r0 = r6', 'if r1 > 5 goto pc+0'], 'linked spilled': ['r1 = r6', '*(u64 *)(r10 -16) = r1', 'if r1 > 5 goto pc+0'], 'linked moved': ['r1 = r6', 'r1 += 3', 'if r6 > 5 goto pc+0'], 'linked halves': ['w1 = w6', 'if w1 > 5 goto pc+0'], alone: ['if r8 > 100 goto pc+0'], 'two numbers': ['if r8 == r6 goto pc+0'], 'stack and number': ['r1 = r10', 'if r1 == r8 goto pc+0'], 'stack and stack': ['r1 = r10', 'r2 = r10', 'if r1 == r2 goto pc+0'], bits: ['if r6 & 4 goto pc+0'],
  helper: ['call bpf_get_prandom_u32'], 'helper that writes': ['r1 = r10', 'r1 += -16', 'r2 = 16', 'r3 = map[m][0]+0', 'call bpf_probe_read_kernel'], 'helper that reads': ['r1 = map[m]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem'], 'hash lookup': ['r1 = map[h]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem'], 'lookup checked': ['r1 = map[h]', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem', 'if r0 == 0 goto pc+1', 'r1 = *(u64 *)(r0 +0)'], update: ['r1 = map[h]', 'r2 = r10', 'r2 += -8', 'r3 = r10', 'r3 += -16', 'r4 = 0', 'call bpf_map_update_elem'],
  function: ['r1 = r8', 'call f'], 'function that writes': ['r1 = r10', 'call w'], 'global function': ['r1 = r8', 'call g'], callback: ['r1 = 3', 'r2 = subprog[cb]', 'r3 = r10', 'r4 = 0', 'call bpf_loop'], 'callback that writes': ['r1 = 3', 'r2 = subprog[cw]', 'r3 = r10', 'r4 = 0', 'call bpf_loop'], each: ['r1 = map[h]', 'r2 = subprog[cb]', 'r3 = 0', 'r4 = 0', 'call bpf_for_each_map_elem'], 'tail call': ['r1 = r9', 'r2 = map[p]', 'r3 = 0', 'call bpf_tail_call'],
  jump: ['goto pc+0'], 'long jump': ['gotol pc+0'], 'may go': ['may_goto pc+0'], 'value read': ['r1 = map[m][0]+0', 'r1 = *(u64 *)(r1 +0)'], 'context read': ['r1 = *(u32 *)(r9 +0)'], 'packet load': ['r6 = r9', 'r0 = *(u8 *)skb[0]', 'r6 = r0'], locked: ['call bpf_rcu_read_lock', 'call bpf_rcu_read_unlock'], dynptr: ['r1 = map[m][0]+0', 'r2 = 8', 'r3 = 0', 'r4 = r10', 'r4 += -104', 'call bpf_dynptr_from_mem'], 'inner iterator': ['r1 = r10', 'r1 += -112', 'r2 = 0', 'r3 = 1', 'call bpf_iter_num_new', 'r1 = r10', 'r1 += -112', 'call bpf_iter_num_destroy'],
};
const LOOPS = {
  counted: { before: ['r7 = 0', 'again:', 'if r7 >= 6 goto done'], after: ['r7 += 2', 'goto again', 'done:'] },
  backwards: { before: ['r7 = 5', 'again:'], after: ['r7 += -1', 'if r7 != 0 goto again', 'done:'] },
  iterator: { before: ['r1 = r10', 'r1 += -128', 'r2 = 0', 'r3 = 10', 'call bpf_iter_num_new', 'again:', 'r1 = r10', 'r1 += -128', 'call bpf_iter_num_next', 'if r0 == 0 goto done'], after: ['if r6 == 0 goto pc+1', 'r6 = 1', '*(u64 *)(r10 -96) = 0', 'goto again', 'done:', 'r1 = r10', 'r1 += -128', 'call bpf_iter_num_destroy'] },
  'may go on': { before: ['again:', 'may_goto done'], after: ['if r6 == 0 goto pc+1', 'r6 = 1', '*(u64 *)(r10 -96) = 0', 'goto again', 'done:'] },
  inner: { before: ['r1 = r10', 'r1 += -128', 'r2 = 0', 'r3 = 10', 'call bpf_iter_num_new', 'outer:', 'r1 = r10', 'r1 += -128', 'call bpf_iter_num_next', 'if r0 == 0 goto end', 'r7 = 0', 'again:', 'if r7 >= 6 goto done'], after: ['r7 += 2', 'goto again', 'done:', '*(u64 *)(r10 -96) = 0', 'goto outer', 'end:', 'r1 = r10', 'r1 += -128', 'call bpf_iter_num_destroy'] },
};
const FUNCTIONS = { f: ['static int f(u64 a)', ['r0 = r1']], w: ['static int w(u64 a)', ['*(u64 *)(r1 -8) = 1', 'r0 = *(u64 *)(r1 -16)', 'r0 = 0']], g: ['int g(u64 a)', ['r0 = r1']], cb: ['static int cb(u64 a, u64 b)', ['r0 = 0']], cw: ['static int cw(u64 a, u64 b)', ['*(u64 *)(r2 -8) = 1', 'r0 = 0']] };

/** Loops whose iterations are as long as the history may get: which steps does it have? */
function* history() {
  const maps = { m: 'array key=4 value=64 entries=1', h: 'hash key=4 value=64 entries=4', p: 'prog_array key=4 value=4 entries=4' };
  for (const [loop, { before, after }] of Object.entries(LOOPS)) {
    for (const [step, lines] of Object.entries(STEPS)) {
      for (let count = 4; count < 44; count++) {
        const stores = Array.from({ length: count }, (_, idx) => `*(u64 *)(r10 -${40 + 8 * (idx % 6)}) = ${idx % 2}`);
        const body = ['r9 = r1', 'call bpf_get_prandom_u32', 'r6 = r0', 'r8 = 2', ...[8, 16, 24, 32].map((off) => `*(u64 *)(r10 -${off}) = 0`), ...before, ...stores, ...lines, ...after, 'r0 = 0', 'exit'];
        const text = body.join('\n');
        const functions = Object.entries(FUNCTIONS).filter(([name]) => new RegExp(`(call |\\[)${name}(\\]|$)`, 'm').test(text));
        const head = ['prog sched_cls', ...Object.entries(maps).filter(([name]) => text.includes(`map[${name}]`)).map(([name, map]) => `map ${name}: ${map}`), 'func main int main(u64 ctx)', ...functions.map(([name, [prototype]]) => `func ${name} ${prototype}`)];
        yield { what: `${count} stores and ${step} in ${loop}`, text: `${head.join('\n')}\n---\n${[text, ...functions.flatMap(([name, [, code]]) => [`${name}:`, ...code, 'exit'])].join('\n')}\n` };
      }
    }
  }
}

/** What the body of a loop may branch on: R6 is unknown, R5 and R8 are changed on some paths. */
const BRANCHES = {
  none: [], jump: ['goto pc+0'], alike: ['if r6 == 0 goto pc+0'], merge: ['if r6 & 1 goto pc+1', 'r8 = 1'], 'merge of two': ['if r6 & 1 goto pc+2', 'r8 = 1', 'goto pc+1', 'r8 = 2'], twice: ['if r6 & 1 goto pc+1', 'r8 = 1', 'if r6 & 2 goto pc+1', 'r5 = 1'], leave: ['if r6 == 77 goto done'], 'leave and merge': ['if r6 == 77 goto done', 'if r6 & 1 goto pc+1', 'r8 = 1'], again: ['if r6 > 100 goto next'], 'new number': ['call bpf_get_prandom_u32', 'if r0 > 5 goto pc+1', 'r8 = r0'], 'new number, proved': ['call bpf_get_prandom_u32', 'if r0 > 7 goto next', 'r1 = r10', 'r1 += r0', 'r5 = *(u8 *)(r1 -16)'], stored: ['if r6 & 1 goto pc+1', '*(u64 *)(r10 -8) = 1'], counter: ['r1 = *(u64 *)(r10 -8)', 'r1 += 1', '*(u64 *)(r10 -8) = r1'], 'counter, proved': ['r1 = *(u64 *)(r10 -8)', 'r1 += 1', 'r1 &= 7', '*(u64 *)(r10 -8) = r1', 'r2 = r10', 'r2 += r1', 'r5 = *(u8 *)(r2 -24)'], function: ['r1 = r8', 'call f', 'r8 = r0'], callback: ['r1 = 2', 'r2 = subprog[cb]', 'r3 = 0', 'r4 = 0', 'call bpf_loop'],
};
const COUNTS = {
  up: (times) => [['r7 = 0', 'loop:'], ['r7 += 1', `if r7 < ${times} goto loop`]],
  'while': (times) => [['r7 = 0', 'loop:', `if r7 >= ${times} goto done`], ['r7 += 1', 'goto loop']],
  down: (times) => [[`r7 = ${times}`, 'loop:'], ['r7 += -1', 'if r7 != 0 goto loop']],
  half: (times) => [['w7 = 0', 'loop:'], ['w7 += 1', `if w7 s< ${times} goto loop`]],
  variable: (times) => [['*(u64 *)(r10 -32) = 0', 'loop:'], ['r7 = *(u64 *)(r10 -32)', 'r7 += 1', '*(u64 *)(r10 -32) = r7', `if r7 < ${times} goto loop`]],
  bounded: (times) => [['call bpf_get_prandom_u32', `if r0 > ${times} goto end`, 'r9 = r0', 'r7 = 0', 'loop:'], ['r7 += 1', 'if r7 < r9 goto loop']],
};

/** Loops of many iterations and of bodies of any length: when is a state remembered, and when given up? */
function* pace() {
  for (const [count, loop] of Object.entries(COUNTS)) {
    for (const [branch, lines] of Object.entries(BRANCHES)) {
      for (const times of [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 64, 65, 66, 100, 200]) {
        for (const filler of [0, 1, 3, 5, 8, 12, 20, 33, 60, 95, 110]) {
          if (times * (filler + 8) > 4000) continue;
          for (const flags of [0, 8]) {
            const [before, after] = loop(times);
            const body = ['call bpf_get_prandom_u32', 'r6 = r0', 'r8 = 0', 'r5 = 0', ...[8, 16, 24, 32].map((off) => `*(u64 *)(r10 -${off}) = 0`), ...before, ...Array.from({ length: filler }, () => 'r4 = 7'), ...lines, 'next:', ...after, 'done:', 'r0 = r8', 'r0 &= 1', 'end:', 'r0 = 0', 'exit'];
            const called = [['call f', 'f', 'static int f(u64 a)'], ['subprog[cb]', 'cb', 'static int cb(u64 a, u64 b)']].filter(([use]) => body.join('\n').includes(use));
            const text = [...body, ...called.flatMap(([, name]) => [`${name}:`, 'r0 = 0', 'exit'])].join('\n');
            yield { what: `${count} to ${times}, ${filler} more, ${branch}, flags ${flags}`, most: 20_000, level: times * filler > 1500 ? 1 : 2, text: `prog sched_cls\nflags ${flags}\nfunc main int main(u64 ctx)\n${called.map(([, name, prototype]) => `func ${name} ${prototype}\n`).join('')}---\n${text}\n` };
          }
        }
      }
    }
  }
}

const ARGUMENT_HEADS = [...MAP_HEADS.map(([head]) => head), 'prog sched_act', 'prog lwt_xmit', 'prog raw_tracepoint_writable', 'prog cgroup_device\nattach cgroup_device', 'prog cgroup_sysctl\nattach cgroup_sysctl', 'prog cgroup_sockopt\nattach cgroup_setsockopt', 'prog tracing\nattach trace_iter\nattach_btf bpf_iter_task', 'prog struct_ops\nattach_btf tcp_congestion_ops', 'prog sk_lookup\nattach sk_lookup', 'prog netfilter\nattach netfilter', 'prog flow_dissector\nattach flow_dissector'];
const ARGUMENT_STRUCTS = ['__sk_buff', 'xdp_md', 'pt_regs', 'user_pt_regs', 'bpf_raw_tracepoint_args', 'bpf_perf_event_data', 'bpf_sock_addr', 'bpf_sock', 'bpf_sock_ops', 'sk_msg_md', 'sk_reuseport_md', 'bpf_sysctl', 'bpf_sockopt', 'bpf_cgroup_dev_ctx', 'bpf_sk_lookup', 'bpf_nf_ctx', 'bpf_iter__task', 'foo', 'sk_buff', 'task_struct'];
const TAGS = ['', ' __arg_ctx', ' __arg_nonnull', ' __arg_trusted', ' __arg_nullable', ' __arg_untrusted', ' __arg_arena'];

/** A global function with a parameter of each type, under each tag, given the context. */
function* arguments_() {
  for (const head of ARGUMENT_HEADS) {
    for (const type of [...ARGUMENT_STRUCTS.map((name) => `struct ${name} *`), 'u64 *', 'u32 *', 'void *', 'char *', 'const void *', 'int ', 'u64 ']) {
      for (const tag of TAGS) {
        for (const lines of [[], ['r0 = *(u32 *)(r1 +0)'], ['if r1 == 0 goto pc+1', 'r0 = *(u64 *)(r1 +8)']]) {
          const struct = /struct (\w+)/.exec(type)?.[1];
          const text = `${head}\n${struct === undefined ? '' : `struct ${struct} 64\n`}func main int main(u64 ctx)\nfunc g int g(${type}a${tag})\n---\n${['call g', 'r0 = 0', 'exit', 'g:', ...lines, 'r0 = 0', 'exit'].join('\n')}\n`;
          yield { what: `${head.replaceAll('\n', ' ')}, ${type}a${tag}, ${lines.length}`, text };
        }
      }
    }
  }
}

export const SWEEPS = { arguments: arguments_, context, exit: exits, insns, flags, maps, history, pace, records };
export { TARGETS };
