// What do all large programs do: choose, hash, copy, look up, count, write events, walk tables?
import { counter, flow, found, may, scratch, unrolling } from './words.mjs';

/** Many cases, side by side or far apart. */
function ladder(w, depth) {
  const { random } = w;
  const [on, n] = [w.name('on'), w.name('n')];
  const cases = random.pick([4, 6, 8, 12, 16, 24, 40]);
  const dense = random.chance(60);
  w.emit(`__u64 ${n} = ${w.expression(1)}; ${random.pick(['__u32', '__u8', '__u16', '__u64', 'int'])} ${on} = ${w.expression(1)};`);
  w.emit(`switch (${on}) {`);
  for (let no = 0, at = 0; no < cases; no++, at += dense ? 1 : random.between(1, 900)) {
    w.emit(`case ${at}:`);
    w.emit(
      random.weighted([
        [5, () => `${n} ${random.pick(['=', '+=', '^=', '|='])} ${w.expression(2)}; break;`],
        [3, () => `all.n[${random.below(16)}]++; break;`],
        [2, () => `${n} = ${random.below(100)};`],
        [2, () => w.leave()],
        [2, () => `count(${random.below(16)}, ${n}); break;`],
        [1, () => `if ${w.condition()} ${n} -= ${w.expression(2)}; break;`],
      ])(),
    );
    if (random.chance(8)) w.block(depth, [n], 1);
  }
  w.emit(`break; default: ${random.chance(50) ? w.leave() : `${n}++;`}\n\t}`);
  w.numbers.push(n);
}

/** One question after the other, most of which leave. */
function questions(w) {
  const { random } = w;
  const n = w.name('n');
  w.emit(`__u32 ${n} = ${random.pick(['0', w.expression(1)])};`);
  for (let left = random.pick([3, 5, 8, 12]); left > 0; left--) {
    w.emit(`if ${w.condition()} ${random.weighted([[3, w.leave()], [5, `${n} ${random.pick(['|=', '+=', '^='])} ${random.pick([1, 2, 4, 8, 16, 32])};`], [2, `${n} = ${w.expression(2)};`], [1, `{ count(${random.below(16)}, 1); ${n}++; }`]])}`);
  }
  w.emit(random.weighted([[3, `all.n[${n} & 15]++;`], [2, `if (${n} < 64) seen[${n}]++;`], [3, `all.last = ${n};`], [2, `if (${n} == 7) ${w.leave()}`]]));
  w.numbers.push(n);
}

/** Records copied, cleared and compared. */
function copies(w) {
  const { random } = w;
  const [a, b, key] = [w.name('s'), w.name('s'), w.name('k')];
  w.emit(`struct session ${a} = {}, ${b}; __u64 ${key} = ${w.expression(1)}; __builtin_memset(&${b}, 0, sizeof(${b}));`);
  w.emit(`${a}.mode = ${w.expression(2)}; ${a}.stage = ${w.expression(2)}; ${a}.bytes = ${w.expression(2)};`);
  const v = w.name('got');
  w.emit(`struct session *${v} = bpf_map_lookup_elem(&starts, &${key});`);
  w.emit(`if (${v}) { __builtin_memcpy(&${b}, ${v}, sizeof(${b})); if (differ(${v}->name, ${a}.name, ${random.pick([4, 8, 16])})) ${v}->flags++; ${v}->dir = ${w.expression(2)}; ${v}->stage++; }`);
  w.emit(`else ${random.pick([`{ ${a}.first = bpf_ktime_get_ns(); bpf_map_update_elem(&starts, &${key}, &${a}, ${random.pick([0, 1])}); }`, w.leave(), `${b} = ${a};`])}`);
  if (random.chance(50)) w.emit(`if (!differ(&${a}.addr, &${b}.addr, 16)) ${b}.packets++;`);
  if (random.chance(30)) w.emit(`bpf_map_delete_elem(&starts, &${key});`);
  if (random.chance(40)) w.emit(`bpf_map_update_elem(&starts, &${key}, &${b}, 0);`);
  w.numbers.push(`${b}.mode`, `${b}.stage`, `${b}.bytes`, `${b}.packets`);
}

/** Hashes of what is on the stack. */
function hash(w) {
  const { random } = w;
  const f = flow(w);
  const h = w.declare('__u32', `hash_words(&${f}, ${random.pick([4, 8, 10])}, ${w.expression(2)})`);
  if (random.chance(50)) {
    const i = w.name('i');
    unrolling(w);
    w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${random.pick([4, 8, 16, 40])}; ${i}++) ${h} = (${h} ^ ((__u8 *)&${f})[${i}]) * 16777619;`);
  }
  if (random.chance(50)) w.emit(`seen[${h} & 63]++;`);
}

/** More numbers at once than there are registers, over calls. */
function spills(w) {
  const { random } = w;
  const names = [];
  for (let left = random.pick([8, 12, 18, 26]); left > 0; left--) {
    names.push(w.declare(random.pick(['__u64', '__u32', '__u64', '__u16', 'int']), random.weighted([[3, w.expression(1)], [1, 'bpf_ktime_get_ns()'], [1, 'bpf_get_prandom_u32()'], [1, `all.n[${random.below(16)}]`]])));
    if (random.chance(25)) w.emit(`asm volatile("" : "+r"(${names.at(-1)}));`);
    if (random.chance(15)) w.emit(`if (${names.at(-1)} ${random.pick(['>', '<', '=='])} ${random.pick(names)}) ${random.chance(50) ? w.leave() : `${names.at(-1)} = ${random.below(50)};`}`);
  }
  w.emit(`count(${random.below(16)}, ${names.join(' ^ ')});`);
  if (random.chance(50)) w.emit(`seen[(${random.pick(names)} + ${random.pick(names)}) & 63] += ${random.pick(names)};`);
}

/** A record of a ring buffer, field by field. */
function event(w) {
  const { random } = w;
  const e = w.name('e');
  w.emit(`struct report *${e} = bpf_ringbuf_reserve(&events, sizeof(*${e}), 0);`);
  w.emit(`if (!${e}) ${w.leave()}`);
  w.emit(`${e}->when = bpf_ktime_get_ns(); ${e}->kind = ${random.below(9)}; ${e}->ret = ${w.expression(1)}; ${e}->len = ${w.expression(1)}; ${e}->off = 0;`);
  if (may.pid(w.kind)) w.emit(`{ __u64 id_ = bpf_get_current_pid_tgid(); ${e}->pid = id_ >> 32; ${e}->tid = id_; ${e}->uid = bpf_get_current_uid_gid(); bpf_get_current_comm(${e}->comm, sizeof(${e}->comm)); }`);
  w.holding(`bpf_ringbuf_discard(${e}, 0);`, () => {
    if (random.chance(50)) {
      const i = w.name('i');
      unrolling(w);
      w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${random.pick([8, 16, 32, 64])}; ${i}++) ${e}->data[${i}] = ${random.pick(['0', `${i} ^ ${w.expression(2)}`, `classes[(${w.expression(2)} + ${i}) & 255]`])};`);
    }
    if (random.chance(40)) w.emit(`if ${w.condition()} ${w.leave()}`);
    if (random.chance(40)) w.emit(`${e}->data[${w.index(64)}] = ${w.expression(2)};`);
  });
  w.emit(random.pick([`bpf_ringbuf_submit(${e}, 0);`, `bpf_ringbuf_submit(${e}, ${e}->kind & 3);`, `if (${e}->len > 100) bpf_ringbuf_discard(${e}, 0); else bpf_ringbuf_submit(${e}, 0);`]));
}

/** From the most special rule to the most general one. */
function policy(w) {
  const { random } = w;
  const [k, r, verdict] = [w.name('k'), w.name('r'), w.name('n')];
  w.emit(`struct rule_key ${k} = { .zone = ${w.expression(2)}, .addr = ${w.expression(2)}, .port = ${w.expression(2)}, .proto = ${w.expression(2)}, .dir = ${random.below(2)} }; __u32 ${verdict} = V_NONE;`);
  w.emit(`struct rule *${r} = bpf_map_lookup_elem(&rules, &${k});`);
  for (const forget of ['port', 'proto', 'addr', 'zone'].slice(0, random.between(1, 4))) w.emit(`if (!${r}) { ${k}.${forget} = 0; ${r} = bpf_map_lookup_elem(&rules, &${k}); }`);
  if (random.chance(40)) {
    const p = w.name('p');
    w.emit(`if (!${r}) { struct prefix ${p} = { .bits = 128 }; __builtin_memcpy(${p}.addr, &${k}, 12); ${r} = bpf_map_lookup_elem(&prefixes, &${p}); }`);
  }
  w.emit(`if (${r}) { ${verdict} = ${r}->action; __sync_fetch_and_add(&${r}->hits, 1); ${r}->bytes += ${w.expression(2)}; if (${r}->prio > ${random.below(9)} && ${r}->next) { __u32 n_ = ${r}->next; ${r} = bpf_map_lookup_elem(&rule_list, &n_); if (${r}) ${verdict} = ${r}->action; } }`);
  w.emit(`if (${verdict} >= V_LAST) ${w.leave()}`);
  if (random.chance(50)) w.emit(`all.n[${verdict}]++;`);
  w.numbers.push(verdict);
}

/** Tokens come with time and go with what passes. */
function limiter(w) {
  const { random } = w;
  const [k, now] = [w.name('k'), w.name('now')];
  w.emit(`__u32 ${k} = ${w.expression(1)}; __u64 ${now} = bpf_ktime_get_ns();`);
  const b = w.name('b');
  w.emit(`struct bucket *${b} = bpf_map_lookup_elem(&buckets, &${k});`);
  w.emit(`if (!${b}) { struct bucket n_ = { .at = ${now}, .rate = ${w.expression(2)}, .burst = ${random.below(9999)} }; bpf_map_update_elem(&buckets, &${k}, &n_, 0); } else {`);
  w.emit(`\t__u64 gone_ = ${now} - ${b}->at, more_ = gone_ * ${b}->rate / ${random.pick([1000, 1000000, '(set.window + 1)', '(gone_ | 1)'])};`);
  w.emit(`\t${b}->tokens = ${b}->tokens + more_ > ${b}->burst ? ${b}->burst : ${b}->tokens + more_; ${b}->at = ${now};`);
  w.emit(`\tif (${b}->tokens < ${random.pick([1, 64, w.expression(2)])}) ${w.leave()} ${b}->tokens -= ${random.pick([1, 64])};\n\t}`);
}

function histogram(w) {
  const { random } = w;
  const s = w.declare('__u32', `log2_of(${w.expression(0)})`);
  w.emit(random.pick([`if (${s} > 15) ${s} = 15; all.n[${s}]++;`, `if (${s} >= 64) ${w.leave()} seen[${s}]++;`, `seen[${s} & 63]++;`, `count(${s}, 1);`]));
}

/** Bytes go through states, as in lexers. */
function machine(w) {
  const { random } = w;
  const [b, state, i, n, c] = ['b', 'st', 'i', 'n', 'c'].map((letter) => w.name(letter));
  const long = random.pick([8, 12, 16, 24, 32, 64]);
  if (random.chance(50)) w.emit(`__u8 *${b} = ${scratch(w)} + ${w.index(256)};`);
  else w.emit(`__u8 ${b}[${long}] = {}; *(__u64 *)${b} = ${w.expression(1)}; bpf_probe_read_kernel(${b}, sizeof(${b}), (void *)(long)${w.expression(1)});`);
  w.emit(`__u32 ${state} = 0, ${n} = 0;`);
  unrolling(w);
  w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${long}; ${i}++) {`);
  w.emit(`\t__u8 ${c} = ${random.chance(40) ? `classes[${b}[${i}]]` : `${b}[${i}]`};`);
  w.emit(`\tswitch (${state}) {`);
  const states = random.between(2, 5);
  for (let no = 0; no < states; no++) {
    w.emit(`\tcase ${no}: ${random.pick([`if (${c} == ${random.below(9)}) ${state} = ${random.below(states)};`, `${state} = ${c} & 1 ? ${random.below(states)} : ${no};`, `if (${c} > ${random.below(99)}) ${n}++; else ${state} = ${random.below(states)};`, `if (!${c}) goto out_${b};`])} break;`);
  }
  w.emit(`\tdefault: ${random.pick([`${state} = 0;`, `goto out_${b};`, w.leave()])}\n\t\t}`);
  w.emit(`}\nout_${b}:;`);
  w.emit(random.pick([`all.n[${state}]++;`, `if (${state} == ${random.below(states)}) seen[${n} & 63]++;`, `count(${n}, ${state});`]));
  w.numbers.push(n, state);
}

/** A table is searched in halves, or from its beginning. */
function search(w) {
  const { random } = w;
  const [low, high, i, want] = ['lo', 'hi', 'i', 'want'].map((letter) => w.name(letter));
  const v = scratch(w);
  w.emit(`__u32 ${low} = 0, ${high} = ${random.pick([16, 64, 256])}; __u8 ${want} = ${w.expression(1)};`);
  unrolling(w);
  w.emit(`for (int ${i} = 0; ${i} < ${random.pick([4, 6, 8])} && ${low} < ${high}; ${i}++) { __u32 mid_ = (${low} + ${high}) / 2; if (mid_ >= 4096) break; if (${v}[mid_] < ${want}) ${low} = mid_ + 1; else ${high} = mid_; }`);
  if (random.chance(60)) w.emit(`if (${low} < 4096 && ${v}[${low}] == ${want}) all.n[${low} & 15]++;`);
  w.numbers.push(low);
}

/** What the settings turn off is not even looked at. */
function settings(w, depth) {
  const { random } = w;
  w.emit(`if (${random.pick(['set.on', 'set.level > 1', 'set.modes[1]', 'set.limit < 5', 'set.window == 1000 && set.modes[3]'])}) {`);
  w.block(depth, ['set.limit', 'set.mask', 'set.window'], 4);
  w.emit('}');
  if (random.chance(40)) {
    const i = w.name('i');
    w.emit(`for (__u32 ${i} = 0; ${i} < set.limit && ${i} < 16; ${i}++) { if (set.modes[${i} & 7] == ${random.below(4)}) all.n[${i}] += ${w.expression(2)}; }`);
  }
}

/** A square of numbers on the stack, in two loops. */
function matrix(w) {
  const { random } = w;
  const [m, i, j] = [w.name('m'), w.name('i'), w.name('j')];
  const side = random.pick([3, 4, 5, 6]);
  w.emit(`${random.pick(['__u8', '__u16', '__u32'])} ${m}[${side * side}] = {};`);
  if (random.chance(70)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${side}; ${i}++)`);
  if (random.chance(50)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (${counter(w)} ${j} = 0; ${j} < ${random.chance(50) ? side : `${i} + 1`}; ${j}++) { ${random.pick([`${m}[${i} * ${side} + ${j}] += ${w.expression(2)};`, `if (${m}[${i} * ${side} + ${j}] > ${w.expression(2)}) ${m}[${j}]++;`, `${m}[${i} * ${side} + ${j}] = classes[(${i} * 16 + ${j} + ${w.expression(2)}) & 255];`])} }`);
  w.numbers.push(`${m}[${random.below(side * side)}]`, `${m}[0]`);
}

/** Few numbers are put in order: as many paths as there are orders. */
function sort(w) {
  const { random } = w;
  const [s, i, j] = [w.name('s'), w.name('i'), w.name('j')];
  const size = random.weighted([[6, 3], [3, 4], [1, 5]]);
  w.emit(`__u32 ${s}[${size}] = { ${Array.from({ length: size }, () => w.expression(2)).join(', ')} };`);
  unrolling(w);
  w.emit(`for (int ${i} = 1; ${i} < ${size}; ${i}++) for (int ${j} = ${i}; ${j} > 0 && ${s}[${j} - 1] > ${s}[${j}]; ${j}--) { __u32 t_ = ${s}[${j}]; ${s}[${j}] = ${s}[${j} - 1]; ${s}[${j} - 1] = t_; }`);
  w.numbers.push(`${s}[${size >> 1}]`);
}

function callback(w) {
  const { random } = w;
  const f = flow(w);
  const c = w.name('c');
  w.emit(`struct walk ${c} = { &${f}, ${w.expression(2)}, ${w.expression(2)}, 0 };`);
  w.emit(random.chance(60) ? `bpf_loop(${random.pick(['64', '1000', `${w.expression(2)} | 1`])}, walk_rule, &${c}, 0);` : `bpf_for_each_map_elem(&rule_list, walk_each, &${c}, 0);`);
  if (random.chance(50)) w.emit(`if (${c}.found >= V_LAST) ${w.leave()} all.n[${c}.found]++;`);
  w.numbers.push(`${c}.sum`, `${c}.left`);
}

/** So many steps that a limit may be reached: of branches that wait, or of instructions. */
function far(w) {
  const { random } = w;
  const [b, i, n] = [scratch(w), w.name('i'), w.name('n')];
  w.emit(`__u64 ${n} = 0;`);
  w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (__u32 ${i} = 0; ${i} < ${random.pick([500, 2000, 4096, 9000])}; ${i}++) { ${random.pick([`if (${b}[${i} & 4095] == ${random.below(99)}) ${n}++;`, `if (${b}[${i} & 255]) break; ${n} += ${i};`, `${n} += ${b}[${i} & 4095]; if (${n} > 100000) break;`, `if (bpf_get_prandom_u32() == ${i}) ${n} = ${i};`])} }`);
  w.numbers.push(n);
}

/** A list in a map: each element says which is next. */
function chain(w) {
  const { random } = w;
  const [i, k, r] = [w.name('i'), w.name('k'), w.name('r')];
  w.emit(`__u32 ${k} = ${w.expression(1)};`);
  unrolling(w);
  w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${random.pick([4, 8, 16, 30])}; ${i}++) { struct rule *${r} = bpf_map_lookup_elem(&rule_list, &${k}); if (!${r}) break; if (${r}->low <= ${w.expression(2)} && ${r}->high >= ${w.expression(2)}) { ${r}->hits++; all.n[${r}->action & 15]++; ${random.chance(50) ? 'break;' : ''} } if (!${r}->next) break; ${k} = ${r}->next; }`);
  w.numbers.push(k);
}

/** A choice among servers by hash. */
function balance(w) {
  const { random } = w;
  const [f, h] = [flow(w), w.name('h')];
  w.emit(`__u32 ${h} = hash_words(&${f}, ${random.pick([2, 9])}, ${random.below(99)}) ${random.pick(['% 512', '& 511', '% 509'])};`);
  const slot = found(w, '__u32', 'wheel', h);
  w.emit(`__u32 no_${h} = *${slot};`);
  const b = found(w, 'struct backend', 'backends', `no_${h}`);
  w.emit(`if (${b}->flags & ${random.pick([1, 2, 4])}) ${w.leave()}`);
  w.emit(`__builtin_memcpy(${f}.dst, ${b}->addr, 16); ${f}.dport = ${b}->port;`);
  const s = w.name('s');
  w.emit(`struct session *${s} = bpf_map_lookup_elem(&sessions, &${f}); if (${s}) { ${s}->packets++; ${s}->bytes += ${w.expression(2)}; if (${s}->stage < 3) ${s}->stage++; } else { struct session n_ = { .first = bpf_ktime_get_ns(), .mode = ${b}->weight }; bpf_map_update_elem(&sessions, &${f}, &n_, ${random.pick([0, 1])}); }`);
}

const tail = (w) => w.emit(`bpf_tail_call(ctx, &stages, ${w.random.chance(60) ? w.random.below(16) : w.expression(1)});`);

export const common = {
  declarations: '',
  statements: [
    { weight: 6, nests: true, write: ladder },
    { weight: 8, write: questions },
    { weight: 5, write: copies },
    { weight: 4, write: hash },
    { weight: 3, write: spills },
    { weight: 5, write: event },
    { weight: 6, write: policy },
    { weight: 4, write: limiter },
    { weight: 4, write: histogram },
    { weight: 4, most: 0, write: machine },
    { weight: 3, write: search },
    { weight: 4, nests: true, write: settings },
    { weight: 3, write: matrix },
    { weight: 1, most: 0, write: sort },
    { weight: 1, most: 0, write: far },
    { weight: 3, write: callback },
    { weight: 4, write: chain },
    { weight: 4, write: balance },
    { weight: 2, fits: may.tail, write: tail },
  ],
};
