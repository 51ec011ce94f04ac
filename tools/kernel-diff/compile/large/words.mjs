// What do large programs declare: records, maps, settings, and functions that are put in wherever they are used?

export const DECLARATIONS = `
enum verdict { V_NONE, V_PASS, V_DROP, V_REDIRECT, V_SAMPLE, V_MIRROR, V_REJECT, V_LAST };
struct flow { __u32 src[4], dst[4]; __u16 sport, dport; __u8 proto, family, dir : 1, stage : 3, rest : 4; __u8 pad; };
struct session { __u64 first, last, bytes, packets; __u32 flags : 4, stage : 3, dir : 1, mode : 5, rest : 19; __u16 ports[2]; __u32 addr[4]; __u8 name[16]; };
struct report { __u64 when; __u32 pid, tid, uid, kind; __s64 ret; __u16 len, off; __u32 pad; char comm[16]; __u8 data[64]; };
struct rule { __u32 action, hits; __u16 low, high; __u8 proto, prio; __u16 next; __u64 bytes; };
struct rule_key { __u32 zone, addr; __u16 port; __u8 proto, dir; };
struct prefix { __u32 bits; __u8 addr[16]; };
struct bucket { __u64 tokens, at, rate, burst; };
struct backend { __u32 addr[4]; __u16 port; __u8 weight, flags; };
struct scratch { __u8 bytes[4096]; };
struct stats { __u64 n[16]; __u32 last; __u32 pad; };
struct settings { __u32 on, level, limit, mask; __u64 window; __u8 modes[8]; };
MAP(sessions, BPF_MAP_TYPE_LRU_HASH, struct flow, struct session, 1024);
MAP(rules, BPF_MAP_TYPE_HASH, struct rule_key, struct rule, 256);
MAP(rule_list, BPF_MAP_TYPE_ARRAY, __u32, struct rule, 64);
MAP(buckets, BPF_MAP_TYPE_LRU_PERCPU_HASH, __u32, struct bucket, 64);
MAP(backends, BPF_MAP_TYPE_ARRAY, __u32, struct backend, 32);
MAP(wheel, BPF_MAP_TYPE_ARRAY, __u32, __u32, 512);
MAP(scratches, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct scratch, 1);
MAP(stat_map, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct stats, 4);
MAP(starts, BPF_MAP_TYPE_HASH, __u64, struct session, 1024);
MAP(stages, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 16);
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(map_flags, 1); __uint(max_entries, 64); __type(key, struct prefix); __type(value, struct rule); } prefixes SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } samples SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 18); } events SEC(".maps");
const volatile struct settings set = { .on = 1, .level = 2, .limit = 6, .mask = 63, .window = 1000, .modes = { 1, 0, 2, 3 } };
const __u8 classes[256] = { [9] = 1, [10] = 2, [13] = 2, [32] = 1, ['0' ... '9'] = 3, ['A' ... 'Z'] = 4, ['a' ... 'z'] = 4, ['.'] = 5, ['/'] = 6, ['-'] = 7 };
struct stats all;
__u32 seen[64];
static __always_inline int differ(const void *a, const void *b, int n) { const __u8 *x = a, *y = b; for (int i = 0; i < n; i++) if (x[i] != y[i]) return 1; return 0; }
static __always_inline __u32 rol(__u32 v, __u32 n) { return (v << n) | (v >> (32 - n)); }
static __always_inline __u32 mix3(__u32 a, __u32 b, __u32 c) {
	c ^= b; c -= rol(b, 14); a ^= c; a -= rol(c, 11); b ^= a; b -= rol(a, 25); c ^= b; c -= rol(b, 16);
	a ^= c; a -= rol(c, 4); b ^= a; b -= rol(a, 14); c ^= b; c -= rol(b, 24); return c;
}
static __always_inline __u32 hash_words(const void *p, int n, __u32 seed) {
	const __u32 *w = p; __u32 h = 0x9e3779b9 + seed;
	for (int i = 0; i < n; i++) h = mix3(h, w[i], i << 2);
	return h;
}
static __always_inline __u16 fold_sum(__u64 sum) { sum = (sum & 0xffffffff) + (sum >> 32); for (int i = 0; i < 4; i++) sum = (sum & 0xffff) + (sum >> 16); return ~sum; }
static __always_inline __u32 log2_of(__u64 v) {
	__u32 r = 0, s;
	if (v >> 32) { v >>= 32; r = 32; }
	s = (v > 0xffff) << 4; v >>= s; r |= s; s = (v > 0xff) << 3; v >>= s; r |= s; s = (v > 0xf) << 2; v >>= s; r |= s; s = (v > 3) << 1; v >>= s; r |= s;
	return r | (v >> 1);
}
static __always_inline void count(__u32 key, __u64 n) { __u32 zero = 0; struct stats *s = bpf_map_lookup_elem(&stat_map, &zero); if (s) { s->n[key & 15] += n; s->last = key; } }
struct walk { struct flow *f; __u64 sum; __u32 left, found; };
static long walk_rule(__u32 i, struct walk *c) {
	struct rule *r = bpf_map_lookup_elem(&rule_list, &i);
	if (!r) return 1;
	if (c->f->proto != r->proto || c->f->dport < r->low || c->f->dport > r->high) return 0;
	c->found = r->action; c->sum += r->bytes; r->hits++;
	return --c->left == 0;
}
static long walk_each(void *map, __u32 *key, struct rule *r, struct walk *c) { if (c->left && *key > c->left) return 1; if (r->prio > 3) c->sum += r->bytes; else c->f->stage = r->prio; c->found |= 1 << (*key & 31); return 0; }
`;

/** Helpers that not all kinds of programs may call. */
export const may = {
  tail: (kind) => kind?.tracing === true && kind.btf !== true && kind.sleepable !== true ? true : kind?.moves !== undefined,
  pid: (kind) => kind?.tracing === true,
};

/** An unrolled or a plain loop. */
export function unrolling(w) {
  const text = w.random.weighted([
    [4, undefined],
    [4, '#pragma clang loop unroll(disable)'],
    [3, '#pragma unroll'],
    [1, '#pragma clang loop unroll_count(2)'],
  ]);
  if (text !== undefined) w.emit(text);
}

/** A counter's type. */
export const counter = (w) => w.random.pick(['int', '__u32', '__u64', '__u8', '__u16', '__s64']);

/** A pointer to a map's value, or the end of the function. */
export function found(w, type, map, key) {
  const name = w.name('got');
  w.emit(`${type} *${name} = bpf_map_lookup_elem(&${map}, &${key});`);
  if (!w.slips()) w.emit(`if (!${name}) ${w.leave()}`);
  return name;
}

/** A scratch buffer of 4 KB. */
export function scratch(w) {
  const zero = w.name('z');
  w.emit(`__u32 ${zero} = 0;`);
  return `${found(w, 'struct scratch', 'scratches', zero)}->bytes`;
}

/** A flow on the stack, filled from what there is. */
export function flow(w) {
  const name = w.name('f');
  w.emit(`struct flow ${name} = {};`);
  for (const field of ['src[0]', 'dst[0]', 'sport', 'dport', 'proto', 'dir']) if (w.random.chance(70)) w.emit(`${name}.${field} = ${w.expression(2)};`);
  w.numbers.push(`${name}.proto`, `${name}.dport`);
  return name;
}
