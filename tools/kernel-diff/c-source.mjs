// What C could a compiler be given, so that its code keeps a verifier busy?
import { Random } from './generate/random.mjs';

const INT_TYPES = ['__u8', '__u16', '__u32', '__u64', '__s16', '__s32', '__s64'];
const IMMEDIATES = ['0', '1', '2', '3', '4', '7', '8', '15', '16', '31', '63', '64', '100', '127', '128', '255', '256'];
const WIDE_IMMEDIATES = ['0xffff', '0x7fffffff', '0x80000000', '0xffffffff', '0x10000', '0xfff0'];

/** Programs by section: the context, what of it are numbers, what may be returned, whether there is a packet and what may be done to it. */
const KINDS = [
  { section: 'xdp', context: 'struct xdp_md', numbers: ['ctx->ingress_ifindex'], returns: ['XDP_PASS', 'XDP_DROP'], packet: true, moves: 'xdp' },
  { section: 'tc', context: 'struct __sk_buff', numbers: ['ctx->len', 'ctx->mark', 'ctx->cb[1]'], returns: ['0', '2', '-1'], packet: true, moves: 'skb' },
  { section: 'cgroup_skb/ingress', context: 'struct __sk_buff', numbers: ['ctx->len', 'ctx->mark', 'ctx->cb[1]'], returns: ['0', '1'], packet: true },
  { section: 'socket', context: 'struct __sk_buff', numbers: ['ctx->len', 'ctx->mark', 'ctx->cb[1]'], returns: ['0', '-1'], packet: false },
  { section: 'raw_tp/sched_switch', context: 'struct bpf_raw_tracepoint_args', numbers: ['ctx->args[0]', 'ctx->args[2]'], returns: ['0'], packet: false },
];

const PROLOGUE = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
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

/** Writes one function, statement by statement; most of what it does is right, some of it forgets a check. */
class FunctionWriter {
  #random;
  #functions;
  #kind;
  #budget;
  #names = 0;
  #depth = 1;
  #loops = 0;
  #numbers = [];
  #arrays = [];
  lines = [];

  /** @param {object|undefined} kind undefined for a function that programs call @param {string[]} numbers what can be read */
  constructor(random, functions, kind, numbers, budget) {
    this.#random = random;
    this.#functions = functions;
    this.#kind = kind;
    this.#numbers.push(...numbers);
    this.#budget = budget;
  }

  emit(text) {
    this.lines.push('\t'.repeat(this.#depth) + text);
  }

  fill() {
    while (this.#budget > 0) this.statement(0);
  }

  returned() {
    return this.#kind === undefined ? this.expression(1) : this.#random.pick(this.#kind.returns);
  }

  #name(letter) {
    return `${letter}${++this.#names}`;
  }

  #declare(type, text) {
    const name = this.#name('n');
    this.emit(`${type} ${name} = ${text};`);
    this.#numbers.push(name);
    return name;
  }

  #immediate() {
    const { pick, weighted } = { pick: (list) => this.#random.pick(list), weighted: (list) => this.#random.weighted(list) };
    return weighted([[5, () => pick(IMMEDIATES)], [3, () => String(this.#random.below(5000))], [1, () => pick(WIDE_IMMEDIATES)], [1, () => `-${1 + this.#random.below(300)}`]])();
  }

  expression(depth = 0) {
    const random = this.#random;
    if (depth > 2 || random.chance(35)) return this.#numbers.length > 0 && random.chance(75) ? random.pick(this.#numbers) : this.#immediate();
    const a = this.expression(depth + 1);
    const other = () => this.expression(depth + 1);
    return random.weighted([
      [6, () => `(${a} ${random.pick(['+', '-', '|', '^'])} ${other()})`],
      [2, () => `(${a} & ${random.pick([1, 3, 7, 15, 31, 63, 255, 240, 4095, 65535])})`],
      [1, () => `(${a} & ${other()})`],
      [1, () => `(${a} * ${random.pick([2, 3, 4, 8, 10, 12, 20, 100])})`],
      [2, () => `((${random.pick(['__u32', '__u64', '__s64', '__s32'])})(${a}) ${random.pick(['<<', '>>'])} ${random.below(32)})`],
      [1, () => `((__u64)(${a}) ${random.pick(['<<', '>>'])} ((${other()}) & 31))`],
      [2, () => `((__u64)(${a}) ${random.pick(['/', '%'])} ${random.pick([2, 3, 5, 8, 10, 16, 100, 255, 1000])})`],
      [1, () => `((__u32)(${a}) ${random.pick(['/', '%'])} ((__u32)(${other()}) | 1))`],
      [2, () => `((${random.pick(INT_TYPES)})(${a}))`],
      [1, () => `(${this.#condition(depth + 1)} ? ${a} : ${other()})`],
      [1, () => `(~(${a}))`],
      [1, () => `(-(${a}))`],
    ])();
  }

  #condition(depth = 0) {
    const random = this.#random;
    if (random.chance(12)) return `((${this.expression(depth + 1)}) & ${random.pick([1, 2, 4, 8, 128, 3])})`;
    if (depth < 3 && random.chance(7)) return `(${this.#condition(depth + 1)} ${random.pick(['&&', '||'])} ${this.#condition(depth + 1)})`;
    const right = random.chance(65) ? this.#immediate() : this.expression(depth + 1);
    return `(${this.expression(Math.max(depth, 1))} ${random.pick(['<', '>', '<=', '>=', '==', '!='])} ${right})`;
  }

  /** An index below `limit`, by one of the ways people write it; now and then one that does not hold. @param {number} limit a power of two */
  #index(limit) {
    const random = this.#random;
    if (random.chance(35)) return `((${this.expression(1)}) & ${limit - 1})`;
    if (random.chance(25)) return `((__u32)(${this.expression(1)}) % ${limit})`;
    const type = random.pick(['__u32', '__u64', '__s32', '__s64', '__u16']);
    const name = this.#declare(type, this.expression(1));
    const negative = type.startsWith('__s') && random.chance(90);
    random.weighted([
      [4, () => this.emit(`if (${name} >= ${limit}${negative ? ` || ${name} < 0` : ''}) return ${this.returned()};`)],
      [4, () => this.emit(`if (${name} >= ${limit}${negative ? ` || ${name} < 0` : ''}) ${name} = ${random.pick([0, limit - 1, limit >> 1])};`)],
      [2, () => this.emit(`asm volatile("" : "+r"(${name})); ${name} &= ${limit - 1};`)],
      [1, () => undefined],
    ])();
    return name;
  }

  statement(depth) {
    this.#budget--;
    const { packet = false } = this.#kind ?? {};
    this.#random.weighted([
      [16, () => this.#declare(this.#random.pick(INT_TYPES), this.expression())],
      [4, () => this.#opaque()],
      [4, () => this.emit(`out ${this.#random.pick(['=', '+=', '^='])} ${this.expression()};`)],
      [depth < 3 ? 14 : 0, () => this.#branch(depth)],
      [depth > 0 ? 5 : 0, () => this.emit(this.#loops > 0 && this.#random.chance(60) ? this.#random.pick(['break;', 'continue;']) : `return ${this.returned()};`)],
      [depth < 3 && this.#loops < 2 ? 8 : 0, () => this.#loop(depth)],
      [7, () => this.#array()],
      [11, () => this.#map()],
      [packet ? 12 : 0, () => this.#packet()],
      [this.#kind?.moves === undefined ? 0 : 3, () => this.#movePacket()],
      [9, () => this.#helper()],
      [this.#functions.length > 0 ? 7 : 0, () => this.#call()],
    ])();
  }

  /** What the compiler knows nothing of. */
  #opaque() {
    const name = this.#declare(this.#random.pick(INT_TYPES), this.expression());
    this.emit(`asm volatile("" : "+r"(${name}));`);
  }

  #block(depth) {
    const [numbers, arrays] = [[...this.#numbers], [...this.#arrays]];
    this.#depth++;
    for (let left = this.#random.between(1, 3); left > 0 && this.#budget > 0; left--) this.statement(depth + 1);
    this.emit(';');
    this.#depth--;
    [this.#numbers, this.#arrays] = [numbers, arrays];
  }

  #branch(depth) {
    this.emit(`if (${this.#condition()}) {`);
    this.#block(depth);
    if (this.#random.chance(40)) {
      this.emit('} else {');
      this.#block(depth);
    }
    this.emit('}');
  }

  #loop(depth) {
    const random = this.#random;
    const name = this.#name('i');
    const also = random.chance(30) && this.#numbers.length > 0 ? ` && ${name} < ${random.pick(this.#numbers)}` : '';
    if (random.chance(60)) this.emit('#pragma clang loop unroll(disable)');
    this.emit(`for (${random.pick(['int', '__u32', '__u64', '__u8'])} ${name} = 0; ${name} < ${random.pick([2, 3, 4, 8, 10, 16, 20, 33])}${also}; ${name}++) {`);
    this.#loops++;
    this.#numbers.push(name);
    this.#block(depth);
    this.#numbers = this.#numbers.filter((known) => known !== name);
    this.#loops--;
    this.emit('}');
  }

  #array() {
    const random = this.#random;
    if (this.#arrays.length === 0 || random.chance(30)) {
      const made = { name: this.#name('a'), length: random.pick([4, 8, 16, 32]) };
      this.emit(`${random.pick(['__u8', '__u32', '__u64'])} ${made.name}[${made.length}]${random.chance(85) ? ' = {}' : ''};`);
      this.#arrays.push(made);
    }
    const { name, length } = random.pick(this.#arrays);
    const index = this.#index(length);
    if (random.chance(50)) this.emit(`${name}[${index}] = ${this.expression(1)};`);
    else this.#declare('__u64', `${name}[${index}]`);
  }

  #map() {
    const random = this.#random;
    const map = random.pick(['array', 'array', 'pairs', 'recent', 'percpu', 'locks']);
    const key = this.#name('k');
    this.emit(map === 'pairs' ? `struct pair ${key} = { .a = ${this.expression(1)}, .b = ${this.expression(2)} };` : `__u32 ${key} = ${this.expression(1)};`);
    if (map !== 'locks' && random.chance(25)) {
      const value = this.#name('w');
      this.emit(`struct value ${value} = { .n = ${this.expression(1)}, .m = ${this.expression(1)} };`);
      this.emit(`bpf_map_update_elem(&${map}, &${key}, &${value}, ${random.pick([0, 0, 1, 2])});`);
      return;
    }
    const name = this.#name('p');
    this.emit(`struct ${map === 'locks' ? 'locked' : 'value'} *${name} = bpf_map_lookup_elem(&${map}, &${key});`);
    if (random.chance(95)) this.emit(`if (!${name}) return ${this.returned()};`);
    if (map === 'locks') {
      const index = this.#index(4);
      this.emit(`bpf_spin_lock(&${name}->lock); ${name}->count += ${this.expression(2)}; ${name}->words[${index}] = ${this.expression(2)}; bpf_spin_unlock(&${name}->lock);`);
    } else {
      this.useValue(name);
    }
  }

  useValue(name) {
    const random = this.#random;
    for (let left = random.between(1, 3); left > 0; left--) {
      random.weighted([
        [3, () => this.#declare(random.pick(['__u64', '__u32', '__s32']), `${name}->${random.pick(['n', 'm', 'h'])}`)],
        [2, () => this.#declare('__u32', `${name}->bytes[${this.#index(32)}]`)],
        [2, () => this.emit(`${name}->words[${this.#index(8)}] ${random.pick(['=', '+=', '^='])} ${this.expression(1)};`)],
        [1, () => this.emit(`__sync_fetch_and_add(&${name}->n, ${this.expression(2)});`)],
        [1, () => this.#declare('__u64', `__sync_val_compare_and_swap(&${name}->m, ${this.expression(2)}, ${this.expression(2)})`)],
        [1, () => this.emit(`${name}->h = ${this.expression(1)};`)],
      ])();
    }
  }

  #packet() {
    const random = this.#random;
    const [data, end] = [this.#name('d'), this.#name('e')];
    this.emit(`__u8 *${data} = (void *)(long)ctx->data, *${end} = (void *)(long)ctx->data_end;`);
    const length = random.pick([1, 2, 4, 14, 20, 34, 54]);
    let place = data;
    if (random.chance(50)) {
      place = this.#name('q');
      const index = this.#index(random.pick([16, 64, 256, 1024]));
      this.emit(`__u8 *${place} = ${data} + ${index}${random.chance(40) ? ` + ${random.between(1, 40)}` : ''};`);
    }
    if (random.chance(95)) this.emit(`if (${place} + ${length} > ${end}) return ${this.returned()};`);
    this.#declare('__u8', `${place}[${random.below(length)}]`);
    if (length >= 4) this.#declare('__u32', `*(__u32 *)(${place} + ${random.below(length - 3)})`);
    if (this.#kind.moves !== undefined && random.chance(30)) this.emit(`${place}[${random.below(length)}] = ${this.expression(1)};`);
    if (random.chance(20)) {
      const i = this.#name('i');
      this.emit('#pragma clang loop unroll(disable)');
      this.emit(`for (int ${i} = 0; ${i} < ${random.pick([4, 8, 16])}; ${i}++) { if (${place} + ${length + 1} + ${i} > ${end}) break; out += ${place}[${length} + ${i}]; }`);
    }
  }

  #movePacket() {
    const random = this.#random;
    if (this.#kind.moves === 'xdp') {
      this.emit(random.pick([`if (bpf_xdp_adjust_head(ctx, ${random.pick([-14, -20, 8])})) return ${this.returned()};`, `bpf_xdp_adjust_tail(ctx, ${this.expression(1)});`]));
      return;
    }
    const made = { name: this.#name('a'), length: random.pick([16, 32, 64]) };
    this.emit(`__u8 ${made.name}[${made.length}]${random.chance(70) ? ' = {}' : ''};`);
    const size = random.chance(70) ? this.#index(made.length) : made.length;
    this.emit(`if (bpf_skb_load_bytes(ctx, ${this.expression(1)}, ${made.name}, ${size})) return ${this.returned()};`);
    this.#arrays.push(made);
    if (random.chance(40)) this.emit(`bpf_skb_store_bytes(ctx, ${this.expression(1)}, ${made.name}, ${this.#index(16)}, 0);`);
    if (random.chance(30)) this.emit(`if (bpf_skb_pull_data(ctx, ${random.pick([20, 54])})) return ${this.returned()};`);
  }

  #helper() {
    const random = this.#random;
    random.weighted([
      [3, () => this.#declare('__u64', 'bpf_ktime_get_ns()')],
      [3, () => this.#declare('__u32', 'bpf_get_prandom_u32()')],
      [2, () => this.#declare('__u32', 'bpf_get_smp_processor_id()')],
      [2, () => this.#declare('__s64', `knob * ${random.pick([1, 2, 3])} + table[${this.#index(16)}]`)],
      [2, () => this.#declare('__u64', `totals[${this.#index(16)}]`)],
      [4, () => this.#record()],
      [2, () => this.#callback()],
      [this.#kind?.moves === undefined ? 0 : 2, () => this.emit(`bpf_tail_call(ctx, &progs, ${random.chance(50) ? random.below(8) : this.expression(1)});`)],
    ])();
  }

  #record() {
    const random = this.#random;
    const name = this.#name('r');
    this.emit(`struct value *${name} = bpf_ringbuf_reserve(&records, sizeof(*${name}), 0);`);
    if (random.chance(95)) this.emit(`if (!${name}) return ${this.returned()};`);
    this.emit(`${name}->n = ${this.expression(1)};`);
    if (random.chance(50)) this.emit(`if ${this.#condition()} { bpf_ringbuf_discard(${name}, 0); return ${this.returned()}; }`);
    this.emit(`${name}->words[${random.below(8)}] = ${this.expression(1)};`);
    if (random.chance(95)) this.emit(`bpf_ringbuf_submit(${name}, 0);`);
  }

  #callback() {
    const random = this.#random;
    const name = this.#name('s');
    this.emit(`struct sums ${name} = { .sum = ${this.expression(1)}, .count = ${this.expression(2)} };`);
    this.emit(`bpf_loop(${random.pick(['5', '100', this.expression(1)])}, ${random.pick(['add', 'look', 'note'])}, &${name}, 0);`);
    this.#numbers.push(`${name}.sum`, `${name}.count`);
  }

  #call() {
    const { name, params } = this.#random.pick(this.#functions);
    const args = params.map((isPointer) => {
      if (!isPointer) return this.expression(1);
      const value = this.#name('w');
      this.emit(`struct value ${value}${this.#random.chance(80) ? ` = { .n = ${this.expression(1)} }` : ''};`);
      this.#numbers.push(`${value}.n`);
      return `&${value}`;
    });
    this.#declare('__s64', `${name}(${args.join(', ')})`);
  }
}

/** The text of a file with `programs` programs of one kind, and functions that they call. */
export function cSource(seed, index, programs) {
  const random = new Random(seed, index);
  const kind = random.pick(KINDS);
  const functions = [];
  const parts = [PROLOGUE];
  for (let no = 0; no < programs; no++) {
    if (random.chance(60)) parts.push(helperFunction(random, functions, no));
    const writer = new FunctionWriter(random, functions, kind, kind.numbers, random.between(6, 22));
    writer.fill();
    parts.push(`SEC("${kind.section}") int p${no}(${kind.context} *ctx)\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`);
  }
  return parts.join('\n');
}

function helperFunction(random, functions, no) {
  const params = Array.from({ length: random.between(1, 4) }, () => random.chance(25));
  const isGlobal = random.chance(33);
  const texts = params.map((isPointer, i) => (isPointer ? `struct value *v${i}` : `${random.pick(['__u32', '__u64', '__s32'])} v${i}`));
  const numbers = params.flatMap((isPointer, i) => (isPointer ? [] : [`v${i}`]));
  const writer = new FunctionWriter(random, [...functions], undefined, numbers, random.between(2, 8));
  params.forEach((isPointer, i) => {
    if (!isPointer) return;
    if (isGlobal && random.chance(90)) writer.emit(`if (!v${i}) return 0;`);
    writer.useValue(`v${i}`);
  });
  writer.fill();
  functions.push({ name: `f${no}`, params });
  return `${isGlobal ? '' : 'static '}__noinline int f${no}(${texts.join(', ')})\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`;
}
