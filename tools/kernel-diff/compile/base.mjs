// What do most programs say: numbers, branches, loops, arrays, map values, packets, records, calls?
import { INT_TYPES } from './writer.mjs';

export const PROLOGUE = `#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include "kernel.h"
char _license[] SEC("license") = "GPL";
struct pair { __u32 a, b; };
struct value { __u64 n, m; __u8 bytes[32]; __u32 words[8]; __s32 h; __u32 pad; };
struct locked { struct bpf_spin_lock lock; __u32 count; __u64 words[4]; };
struct sums { __u64 sum, count; };
#define MAP(NAME, TYPE, KEY, VALUE, ENTRIES) \\
	struct { __uint(type, TYPE); __uint(max_entries, ENTRIES); __type(key, KEY); __type(value, VALUE); } NAME SEC(".maps")
MAP(array, BPF_MAP_TYPE_ARRAY, __u32, struct value, 8);
MAP(pairs, BPF_MAP_TYPE_HASH, struct pair, struct value, 64);
MAP(recent, BPF_MAP_TYPE_LRU_HASH, __u32, struct value, 64);
MAP(percpu, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct value, 4);
MAP(locks, BPF_MAP_TYPE_ARRAY, __u32, struct locked, 4);
MAP(progs, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 8);
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 16); } records SEC(".maps");
__u64 out, totals[16];
const volatile __s32 knob = 7;
const __u32 table[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };
static long add(__u32 i, struct sums *s) { s->sum += i; return 0; }
static long look(__u32 i, struct sums *s) { struct value *v = bpf_map_lookup_elem(&array, &i); if (!v) return 1; s->count += v->words[s->sum & 7]; return s->sum++ > 10; }
static long note(__u32 i, struct sums *s) { totals[i & 15] += s->sum; s->count = i; if (i > 5) s->sum = 0; return 0; }
`;

/** What the compiler knows nothing of. */
function opaque(w) {
  const name = w.declare(w.random.pick(INT_TYPES), w.expression());
  w.emit(`asm volatile("" : "+r"(${name}));`);
}

function branch(w, depth) {
  w.emit(`if (${w.condition()}) {`);
  w.block(depth);
  if (w.random.chance(40)) {
    w.emit('} else {');
    w.block(depth);
  }
  w.emit('}');
}

function loop(w, depth) {
  if (w.loops >= 2) return;
  const { random } = w;
  const name = w.name('i');
  const also = random.chance(30) && w.numbers.length > 0 ? ` && ${name} < ${random.pick(w.numbers)}` : '';
  if (random.chance(60)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (${random.pick(['int', '__u32', '__u64', '__u8'])} ${name} = 0; ${name} < ${random.pick([2, 3, 4, 8, 10, 16, 20, 33])}${also}; ${name}++) {`);
  w.loopBlock(depth, [name]);
  w.emit('}');
}

function array(w) {
  const { random } = w;
  if (w.arrays.length === 0 || random.chance(30)) {
    const made = { name: w.name('a'), length: random.pick([4, 8, 16, 32]) };
    w.emit(`${random.pick(['__u8', '__u32', '__u64'])} ${made.name}[${made.length}]${random.chance(85) ? ' = {}' : ''};`);
    w.arrays.push(made);
  }
  const { name, length } = random.pick(w.arrays);
  const index = w.index(length);
  if (random.chance(50)) w.emit(`${name}[${index}] = ${w.expression(1)};`);
  else w.declare('__u64', `${name}[${index}]`);
}

function map(w) {
  const { random } = w;
  const name = random.pick(['array', 'array', 'pairs', 'recent', 'percpu', ...(w.kind?.tracing ? [] : ['locks'])]);
  const key = w.name('k');
  w.emit(name === 'pairs' ? `struct pair ${key} = { .a = ${w.expression(1)}, .b = ${w.expression(2)} };` : `__u32 ${key} = ${w.expression(1)};`);
  if (name !== 'locks' && random.chance(25)) {
    const value = w.name('w');
    w.emit(`struct value ${value} = { .n = ${w.expression(1)}, .m = ${w.expression(1)} };`);
    w.emit(`bpf_map_update_elem(&${name}, &${key}, &${value}, ${random.pick([0, 0, 1, 2])});`);
    return;
  }
  const value = w.name('p');
  w.emit(`struct ${name === 'locks' ? 'locked' : 'value'} *${value} = bpf_map_lookup_elem(&${name}, &${key});`);
  if (!w.slips()) w.emit(`if (!${value}) ${w.leave()}`);
  if (name === 'locks') {
    const index = w.index(4);
    w.emit(`bpf_spin_lock(&${value}->lock); ${value}->count += ${w.expression(2)}; ${value}->words[${index}] = ${w.expression(2)}; bpf_spin_unlock(&${value}->lock);`);
  } else {
    w.pointers.push({ kind: 'value', name: value });
    useValue(w, value);
  }
}

/** Reads and writes a `struct value`. */
export function useValue(w, name) {
  const { random } = w;
  for (let left = random.between(1, 3); left > 0; left--) {
    random.weighted([
      [3, () => w.declare(random.pick(['__u64', '__u32', '__s32']), `${name}->${random.pick(['n', 'm', 'h'])}`)],
      [2, () => w.declare('__u32', `${name}->bytes[${w.index(32)}]`)],
      [2, () => w.emit(`${name}->words[${w.index(8)}] ${random.pick(['=', '+=', '^='])} ${w.expression(1)};`)],
      [1, () => w.emit(`__sync_fetch_and_add(&${name}->n, ${w.expression(2)});`)],
      [1, () => w.declare('__u64', `__sync_val_compare_and_swap(&${name}->m, ${w.expression(2)}, ${w.expression(2)})`)],
      [1, () => w.emit(`${name}->h = ${w.expression(1)};`)],
    ])();
  }
}

function helper(w) {
  const { random } = w;
  random.weighted([
    [3, () => w.declare('__u64', 'bpf_ktime_get_ns()')],
    [3, () => w.declare('__u32', 'bpf_get_prandom_u32()')],
    [2, () => w.declare('__u32', 'bpf_get_smp_processor_id()')],
    [2, () => w.declare('__s64', `knob * ${random.pick([1, 2, 3])} + table[${w.index(16)}]`)],
    [2, () => w.declare('__u64', `totals[${w.index(16)}]`)],
    [3, () => record(w)],
    [2, () => callback(w)],
    [w.kind?.moves === undefined ? 0 : 2, () => w.emit(`bpf_tail_call(ctx, &progs, ${random.chance(50) ? random.below(8) : w.expression(1)});`)],
  ])();
}

function record(w) {
  const { random } = w;
  const name = w.name('r');
  w.emit(`struct value *${name} = bpf_ringbuf_reserve(&records, sizeof(*${name}), 0);`);
  if (!w.slips()) w.emit(`if (!${name}) ${w.leave()}`);
  w.emit(`${name}->n = ${w.expression(1)};`);
  w.holding(`bpf_ringbuf_discard(${name}, 0);`, () => {
    if (random.chance(50)) w.emit(`if ${w.condition()} ${w.leave()}`);
  });
  w.emit(`${name}->words[${random.below(8)}] = ${w.expression(1)};`);
  if (!w.slips()) w.emit(`bpf_ringbuf_submit(${name}, 0);`);
}

function callback(w) {
  const { random } = w;
  const name = w.name('s');
  w.emit(`struct sums ${name} = { .sum = ${w.expression(1)}, .count = ${w.expression(2)} };`);
  w.emit(`bpf_loop(${random.pick(['5', '100', w.expression(1)])}, ${random.pick(['add', 'look', 'note'])}, &${name}, 0);`);
  w.numbers.push(`${name}.sum`, `${name}.count`);
}

function call(w) {
  const callable = w.functions.filter(({ takesContext }) => !takesContext || w.kind !== undefined);
  if (callable.length > 0) callFunction(w, w.random.pick(callable));
}

export function callFunction(w, { name, params, takesContext }) {
  const args = params.map((isPointer) => {
    if (!isPointer) return w.expression(1);
    const value = w.name('w');
    w.emit(`struct value ${value}${w.random.chance(80) ? ` = { .n = ${w.expression(1)} }` : ''};`);
    w.numbers.push(`${value}.n`);
    return `&${value}`;
  });
  w.declare('__s64', `${name}(${[...(takesContext ? ['ctx'] : []), ...args].join(', ')})`);
}

/** The statements of every program. @param {object|undefined} kind of the program @param {object[]} functions there to be called */
export function baseStatements(kind, functions) {
  const context = kind?.writes ?? [];
  return [
    { weight: 14, quiet: true, write: (w) => w.declare(w.random.pick(INT_TYPES), w.expression()) },
    { weight: 4, quiet: true, write: opaque },
    { weight: 4, quiet: true, write: (w) => w.emit(`out ${w.random.pick(['=', '+=', '^='])} ${w.expression()};`) },
    { weight: 13, quiet: true, nests: true, write: branch },
    { weight: 5, quiet: true, write: (w, depth) => (depth > 0 && !w.locked ? w.emit(w.jump()) : opaque(w)) },
    { weight: 7, nests: true, write: loop },
    { weight: 7, quiet: true, write: array },
    { weight: 9, write: map },
    { weight: 7, write: helper },
    { weight: functions.length > 0 ? 7 : 0, calls: true, write: call },
    { weight: context.length > 0 ? 4 : 0, write: (w) => w.emit(`${w.random.pick(context)} = ${w.expression(1)};`) },
  ];
}
