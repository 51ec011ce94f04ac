// What do programs start for later, give up on, or repeat for as long as they may?

const DECLARATIONS = `
struct job { struct bpf_timer timer; struct bpf_wq work; __u64 runs, last; __u32 state; };
MAP(jobs, BPF_MAP_TYPE_HASH, __u32, struct job, 16);
MAP(job_array, BPF_MAP_TYPE_ARRAY, __u32, struct job, 4);
static int again(void *map, __u32 *key, struct job *j) { j->runs++; if (j->runs < 10) bpf_timer_start(&j->timer, 1000 * (j->runs & 63), 0); return 0; }
static int later(void *map, __u32 *key, struct job *j) { struct value *v = bpf_map_lookup_elem(&array, key); if (v) v->n += j->runs; j->state = *key & 3; return 0; }
static int work(void *map, int *key, void *value) { struct job *j = value; j->last = bpf_ktime_get_ns(); for (int i = 0; i < 8; i++) totals[i] += j->runs; return 0; }
`;

function job(w, depth) {
  const { random } = w;
  const [j, k] = [w.name('j'), w.name('k')];
  const map = random.pick(['jobs', 'job_array']);
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct job *${j} = bpf_map_lookup_elem(&${map}, &${k});`);
  if (!w.slips()) w.emit(`if (!${j}) ${w.leave()}`);
  for (let left = random.between(1, 4); left > 0; left--) {
    random.weighted([
      [2, () => w.emit(`bpf_timer_init(&${j}->timer, &${w.slips() ? 'jobs' : map}, ${random.pick([0, 1])});`)],
      [2, () => w.emit(`bpf_timer_set_callback(&${j}->timer, ${random.pick(['again', 'later'])});`)],
      [2, () => w.emit(`bpf_timer_start(&${j}->timer, ${w.expression(1)}, 0);`)],
      [1, () => w.emit(`bpf_timer_cancel(&${j}->timer);`)],
      [2, () => w.emit(w.slips() ? `bpf_wq_start(&${j}->work, 0);` : `if (!bpf_wq_init(&${j}->work, &${map}, 0)) { bpf_wq_set_callback_impl(&${j}->work, work, 0, 0); bpf_wq_start(&${j}->work, 0); }`)],
      [2, () => w.emit(`${j}->runs = ${w.expression(1)};`)],
      [1, () => w.block(depth, [`${j}->runs`, `${j}->state`])],
    ])();
  }
}

export const later = {
  name: 'timers and work',
  fits: (kind) => !kind.tracing,
  declarations: DECLARATIONS,
  statements: [{ weight: 12, nests: true, write: job }],
};

/** Gives up; what is held then is refused, so this goes where nothing is. */
function assert(w) {
  w.emit(`if ${w.condition()} bpf_throw(${w.slips() ? w.expression(2) : w.random.pick(w.kind.returns)});`);
}

export const exceptions = {
  name: 'exceptions',
  fits: (kind) => kind.generic === true,
  declarations: '\nstatic __noinline __u64 checked(__u64 v, __u64 limit) { if (v > limit) bpf_throw(v & 1); return v & 1 ? v : limit; }\n__noinline int strict(__u32 v) { if (v == 77) bpf_throw(1); return v + 1; }\n',
  statements: [
    { weight: 6, write: assert },
    { weight: 4, write: (w) => w.declare('__u64', `checked(${w.expression(1)}, ${w.random.pick([7, 31, 100, 4095])})`) },
    { weight: 3, write: (w) => w.declare('int', `strict(${w.expression(1)})`) },
  ],
};

/** A loop that the kernel ends when it takes too long. */
function patient(w, depth) {
  const { random } = w;
  const [i, end] = [w.name('i'), w.name('end')];
  w.emit(`for (${random.pick(['int', '__u32', '__u64'])} ${i} = ${random.pick(['0', w.expression(2)])}; ${random.chance(60) ? `${i} < ${random.pick([10, 1000, 1000000])}` : ''}; ${i}++) {`);
  w.emit(`\tmay_goto(${end});`);
  w.loopBlock(depth, [i]);
  w.emit('}');
  w.emit(`${end}:;`);
}

export const patience = {
  name: 'may_goto',
  fits: () => true,
  newCompiler: true,
  declarations: '\n#define may_goto(L) asm volatile goto("may_goto %l[" #L "]" :::: L)\n',
  statements: [{ weight: 12, nests: true, most: 1, write: patient }],
};
