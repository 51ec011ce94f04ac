// How do tracing programs copy, compare, print and send text of unknown length?

const DECLARATIONS = `
struct event { __u64 ts; __u32 pid, len; __s32 ret; char comm[16]; char path[256]; __u16 offs[8]; };
MAP(scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct event, 1);
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
static const char prefix[8] = "/proc/";
`;

/** A buffer that is too large for the stack. */
function buffer(w) {
  const known = w.pointer('event');
  if (known !== undefined && w.random.chance(70)) return known;
  const [e, z] = [w.name('e'), w.name('z')];
  w.emit(`__u32 ${z} = 0; struct event *${e} = bpf_map_lookup_elem(&scratch, &${z});`);
  if (!w.slips()) w.emit(`if (!${e}) ${w.leave()}`);
  w.pointers.push({ kind: 'event', name: e });
  return e;
}

const reader = (w) => (w.kind?.tracing || w.kind?.section === 'syscall' ? w.random.pick(['bpf_probe_read_kernel_str', 'bpf_probe_read_user_str']) : 'bpf_probe_read_kernel_str');

/** One string after the other; how far the last one came is checked, or masked. */
function append(w) {
  const { random } = w;
  const e = buffer(w);
  const [n, i] = [w.name('n'), w.name('i')];
  const limit = random.pick([16, 32, 64]);
  w.emit(`${e}->len = 0;`);
  if (random.chance(60)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (int ${i} = 0; ${i} < ${random.pick([3, 6, 12])}; ${i}++) {`);
  w.emit(`\t__u32 at_ = ${e}->len;`);
  if (!w.slips()) w.emit(random.pick([`\tif (at_ > 256 - ${limit}) break;`, `\tif (at_ >= 256 - ${limit}) break;`, `\tat_ &= ${255 - limit};`]));
  w.emit(`\tlong ${n} = ${reader(w)}(${e}->path + at_, ${limit}, (void *)${w.expression(2)});`);
  w.emit(`\tif (${n} ${random.pick(['<= 0', '< 0'])}${random.chance(60) ? ` || ${n} > ${limit}` : ''}) break;`);
  w.emit(`\t${e}->len += ${n}; ${random.chance(40) ? `${e}->offs[${i} & 7] = at_;` : ''}`);
  w.emit('}');
}

function copy(w) {
  const { random } = w;
  const e = buffer(w);
  const n = w.declare(random.pick(['__u32', '__u64', '__s32', 'long']), random.chance(50) ? `${e}->len` : w.expression(1));
  random.weighted([
    [3, () => w.emit(`if (${n} > 255 ${random.chance(60) ? `|| ${n} < 0` : ''}) ${w.leave()}`)],
    [3, () => w.emit(`${n} &= 255;`)],
    [1, () => undefined],
  ])();
  const source = random.pick(['(void *)out', `(void *)${w.expression(2)}`]);
  w.emit(`if (bpf_probe_read_${random.pick(['kernel', 'user'])}(${e}->path${random.chance(30) ? ` + ${random.pick([0, 1, 8])}` : ''}, ${n}, ${source})) ${w.leave()}`);
}

function compare(w) {
  const { random } = w;
  const e = buffer(w);
  random.weighted([
    [3, () => w.emit(`if (bpf_strncmp(${e}->comm, ${random.pick([4, 8, 16])}, "root") ${random.pick(['==', '!='])} 0) ${w.leave()}`)],
    [3, () => {
      const i = w.name('i');
      w.emit(`for (int ${i} = 0; ${i} < 6; ${i}++) if (${e}->path[${i}] != prefix[${i}]) ${w.random.chance(50) ? 'break;' : w.leave()}`);
    }],
    [2, () => w.emit(`if (__builtin_memcmp(${e}->comm, "kworker", ${random.pick([4, 7, 8])})) ${w.leave()}`)],
    [2, () => {
      const i = w.name('i');
      w.emit(`int ${i} = 0; while (${i} < 255 && ${e}->path[${i}]${random.chance(30) ? ` && ${e}->path[${i}] != '/'` : ''}) ${i}++;`);
      w.numbers.push(i);
    }],
  ])();
}

function send(w) {
  const { random } = w;
  const e = buffer(w);
  w.emit(`${e}->ts = bpf_ktime_get_ns(); ${e}->pid = ${w.expression(2)};`);
  const size = random.pick([`sizeof(*${e})`, `__builtin_offsetof(struct event, path) + (${e}->len & 255)`, `sizeof(*${e}) - 256 + ${w.index(256)}`]);
  if (w.kind?.tracing && random.chance(50)) w.emit(`bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, ${e}, ${size});`);
  else w.emit(`bpf_ringbuf_output(&records, ${e}, ${size}, 0);`);
}

function print(w) {
  const { random } = w;
  random.weighted([
    [2, () => w.emit(`bpf_printk("%d %s %llx", ${w.expression(2)}, "x", (__u64)${w.expression(2)});`)],
    [2, () => {
      const [a, b] = [w.name('a'), w.name('b')];
      w.emit(`__u64 ${a}[2] = { ${w.expression(2)}, ${w.expression(2)} }; char ${b}[24]; static const char format_${b}[] = "${random.pick(['%d/%u', '%llx %d', '%i %p', '%s %d'])}";`);
      w.emit(`bpf_snprintf(${b}, sizeof(${b}), format_${b}, ${a}, sizeof(${a}));`);
      w.arrays.push({ name: b, length: 16 });
    }],
    [w.kind?.seq === undefined ? 0 : 3, () => {
      const a = w.name('a');
      w.emit(`__u64 ${a}[1] = { ${w.expression(2)} }; static const char format_${a}[] = "%llu\\n"; bpf_seq_printf(${w.kind.seq}, format_${a}, sizeof(format_${a}), ${a}, 8);`);
    }],
  ])();
}

function tables(w) {
  const e = buffer(w);
  w.emit(w.random.pick([
    `bpf_get_current_comm(${e}->comm, sizeof(${e}->comm));`,
    `${e}->pid = bpf_get_current_pid_tgid() >> 32;`,
    `__builtin_memset(${e}->path, 0, ${w.random.pick([16, 33, 64, 100])});`,
    `__builtin_memcpy(${e}->comm, prefix, ${w.random.pick([3, 5, 6, 7, 8])});`,
  ]));
}

export const strings = {
  name: 'text',
  fits: (kind) => kind.tracing === true || kind.section === 'syscall',
  declarations: DECLARATIONS,
  statements: [
    { weight: 5, write: append },
    { weight: 5, write: copy },
    { weight: 4, write: compare },
    { weight: 4, write: send },
    { weight: 3, write: print },
    { weight: 3, write: tables },
  ],
};
