// What do programs do with memory of other kinds: arenas, objects for each CPU, values that are read and written in order?

const ARENA = `
#define __arena __attribute__((address_space(1)))
extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, __u32 count, int node, __u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *at, __u32 count) __ksym;
struct { __uint(type, 33); __uint(map_flags, BPF_F_MMAPABLE); __uint(max_entries, 8); __ulong(map_extra, 0x1ull << 44); } pages SEC(".maps");
struct cell { struct cell __arena *next; __u64 key, n; __u32 counts[8]; };
struct cell __arena *first;
static __noinline __u64 walk(struct cell __arena *c, __u32 n) { __u64 sum = 0; for (__u32 i = 0; i < 16 && c; i++, c = c->next) { sum += c->key + c->counts[n & 7]; c->n++; } return sum; }
`;

function cells(w, depth) {
  const { random } = w;
  const c = w.name('c');
  const alloc = w.kind?.sleepable && random.chance(60);
  w.emit(`struct cell __arena *${c} = ${alloc ? `bpf_arena_alloc_pages(&pages, 0, ${random.pick([1, 2])}, -1, 0)` : random.pick(['first', `(struct cell __arena *)${w.expression(2)}`])};`);
  if (!alloc) w.emit('asm volatile("" :: "r"(&pages));');
  if (random.chance(50)) w.emit(`if (!${c}) ${w.leave()}`);
  for (let left = random.between(1, 4); left > 0; left--) {
    random.weighted([
      [3, () => w.declare('__u64', `${c}->${random.pick(['key', 'n', 'counts[3]'])}`)],
      [3, () => w.emit(`${c}->${random.pick(['key', 'n'])} = ${w.expression(1)};`)],
      [2, () => w.emit(`${c}->counts[${random.chance(50) ? w.index(8) : w.expression(2)}] += ${w.expression(2)};`)],
      [2, () => w.declare('__u64', `walk(${c}, ${w.expression(2)})`)],
      [2, () => w.emit(`${c}->next = first; first = ${c};`)],
      [1, () => w.emit(`__sync_fetch_and_add(&${c}->n, ${w.expression(2)});`)],
      [1, () => w.block(depth, [`${c}->n`])],
    ])();
  }
  if (alloc && random.chance(40)) w.emit(`bpf_arena_free_pages(&pages, ${c}, 1);`);
}

export const arenas = {
  name: 'arenas',
  fits: () => true,
  newCompiler: true,
  declarations: ARENA,
  statements: [{ weight: 12, nests: true, write: cells }],
};

const PERCPU = `
extern void *bpf_percpu_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *p, void *meta) __ksym;
struct counts { __u64 packets, bytes; __u32 last[4]; };
struct holder { struct counts __percpu_kptr *counts; __u64 n; };
MAP(holders, BPF_MAP_TYPE_ARRAY, __u32, struct holder, 4);
#if __clang_major__ >= 21 && __BPF_CPU_VERSION__ >= 4
#define load_acquire(P) __atomic_load_n((P), __ATOMIC_ACQUIRE)
#define store_release(P, V) __atomic_store_n((P), (V), __ATOMIC_RELEASE)
#else
#define load_acquire(P) (*(volatile typeof(*(P)) *)(P))
#define store_release(P, V) (*(volatile typeof(*(P)) *)(P) = (V))
#endif
`;

function perCpu(w, depth) {
  const { random } = w;
  const [h, k, c] = [w.name('h'), w.name('k'), w.name('c')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct holder *${h} = bpf_map_lookup_elem(&holders, &${k});`);
  w.emit(`if (!${h}) ${w.leave()}`);
  if (random.chance(40)) {
    w.emit(`struct counts *${c} = bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct counts), 0);`);
    if (!w.slips()) w.emit(`if (!${c}) ${w.leave()}`);
    w.emit(`${c} = bpf_kptr_xchg(&${h}->counts, ${c});`);
    w.emit(`if (${c}) ${w.slips() ? ';' : `bpf_percpu_obj_drop_impl(${c}, 0);`}`);
    return;
  }
  const lock = !w.rcu && random.chance(90);
  if (lock) w.emit('bpf_rcu_read_lock();');
  const inside = () => {
    const q = w.name('q');
    w.emit(`struct counts *${c} = ${h}->counts, *${q};`);
    if (!w.slips(6)) w.emit(`if (!${c}) ${w.leave()}`);
    const all = random.chance(40);
    w.emit(all ? `${q} = bpf_per_cpu_ptr(${c}, ${w.expression(2)});` : `${q} = bpf_this_cpu_ptr(${c});`);
    if (all && !w.slips(6)) w.emit(`if (!${q}) ${w.leave()}`);
    w.emit(`${q}->packets++; ${q}->last[${w.slips() ? w.index(4) : random.below(4)}] = ${w.expression(2)};`);
    w.block(depth, [`${q}->bytes`, `${q}->last[1]`]);
  };
  if (lock) w.holding('bpf_rcu_read_unlock();', () => w.under('rcu', inside));
  else inside();
  if (lock && !w.slips()) w.emit('bpf_rcu_read_unlock();');
}

function ordered(w) {
  const { random } = w;
  const value = w.pointer('value');
  const place = value !== undefined && random.chance(70) ? `&${value}->${random.pick(['n', 'm', 'h', 'bytes[5]'])}` : `&totals[${w.index(16)}]`;
  if (random.chance(50)) w.declare('__u64', `load_acquire(${place})`);
  else w.emit(`store_release(${place}, ${w.expression(1)});`);
}

export const perCpus = {
  name: 'per-CPU objects',
  fits: (kind) => kind.generic === true,
  newCompiler: true,
  declarations: PERCPU,
  statements: [
    { weight: 8, nests: true, write: perCpu },
    { weight: 6, quiet: true, write: ordered },
  ],
};
