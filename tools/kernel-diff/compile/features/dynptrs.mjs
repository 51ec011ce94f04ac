// What do programs do with dynptrs: of records, packets and map values, by slices and copies?

const DECLARATIONS = `
extern bool bpf_dynptr_is_null(const struct bpf_dynptr *p) __ksym;
extern bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *dst, __u32 dst_off, struct bpf_dynptr *src, __u32 src_off, __u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *p, __u32 off, __u32 size, __u8 val) __ksym;
struct head { __u16 type, len; __u32 id; __u8 rest[8]; };
static __noinline int read_head(struct bpf_dynptr *p, __u32 off) {
	struct head h;
	if (bpf_dynptr_read(&h, sizeof(h), p, off, 0)) return -1;
	return h.type == 1 ? h.len : h.id & 255;
}
__noinline int sum_of(const struct bpf_dynptr *p, __u32 n) {
	__u64 b[2] = {}; __u8 *s = bpf_dynptr_slice(p, n & 63, b, 16);
	return s ? s[0] + s[15] : 0;
}
`;

/** What is done with a dynptr at hand, by its address. */
function use(w, depth, { name, writable }) {
  const { random } = w;
  for (let left = random.between(1, 4); left > 0; left--) {
    random.weighted([
      [3, () => read(w, name)],
      [writable ? 3 : 0, () => write(w, name)],
      [3, () => slice(w, depth, name, writable)],
      [2, () => w.emit(`if (bpf_dynptr_adjust(&${name}, ${w.expression(2)}, ${w.expression(2)})) ${w.leave()}`)],
      [2, () => w.declare('__u32', `bpf_dynptr_size(&${name})`)],
      [1, () => w.emit(`if (bpf_dynptr_is_null(&${name}) || bpf_dynptr_is_rdonly(&${name})) ${w.leave()}`)],
      [2, () => w.declare('int', `read_head(&${name}, ${w.expression(2)})`)],
      [1, () => w.declare('int', `sum_of(&${name}, ${w.expression(2)})`)],
      [writable ? 1 : 0, () => w.emit(`bpf_dynptr_memset(&${name}, ${w.expression(2)}, ${w.expression(2)}, ${random.below(256)});`)],
      [1, () => clone(w, depth, name, writable)],
      [random.chance(30) && depth < 3 ? 2 : 0, () => walk(w, depth, name)],
    ])();
  }
}

function read(w, name) {
  const made = { name: w.name('a'), length: w.random.pick([8, 16, 32]) };
  w.emit(`__u8 ${made.name}[${made.length}]${w.random.chance(50) ? ' = {}' : ''};`);
  const size = w.random.chance(60) ? made.length : w.index(made.length);
  w.emit(`if (bpf_dynptr_read(${made.name}, ${size}, &${name}, ${w.expression(2)}, 0)) ${w.leave()}`);
  w.arrays.push(made);
}

function write(w, name) {
  const h = w.name('h');
  w.emit(`struct head ${h} = { .type = ${w.expression(2)}, .id = ${w.expression(2)} };`);
  w.emit(`bpf_dynptr_write(&${name}, ${w.expression(2)}, &${h}, sizeof(${h}), 0);`);
}

function slice(w, depth, name, writable) {
  const { random } = w;
  const [s, b] = [w.name('s'), w.name('b')];
  const data = writable && random.chance(35);
  if (data) w.emit(`struct head *${s} = bpf_dynptr_data(&${name}, ${random.pick(['0', '8', w.expression(2)])}, sizeof(*${s}));`);
  else {
    const buffer = random.chance(75);
    if (buffer) w.emit(`struct head ${b};`);
    w.emit(`struct head *${s} = bpf_dynptr_slice${writable && random.chance(50) ? '_rdwr' : ''}(&${name}, ${w.expression(2)}, ${buffer ? `&${b}` : '0'}, sizeof(*${s}));`);
  }
  if (!w.slips()) w.emit(`if (!${s}) ${w.leave()}`);
  w.declare('__u32', `${s}->${random.pick(['type', 'len', 'id', 'rest[5]'])}`);
  if (data && random.chance(60)) w.emit(`${s}->id = ${w.expression(2)};`);
  if (random.chance(35)) w.block(depth, [`${s}->len`, `${s}->rest[1]`]);
  if (random.chance(10)) w.emit(`out += ${s}->id;`);
}

function clone(w, depth, name, writable) {
  const c = w.name('c');
  w.emit(`struct bpf_dynptr ${c};`);
  w.emit(`bpf_dynptr_clone(&${name}, &${c});`);
  w.emit(`bpf_dynptr_adjust(&${c}, ${w.expression(2)}, bpf_dynptr_size(&${c}));`);
  if (depth < 2) use(w, depth + 2, { name: c, writable });
  if (writable && w.random.chance(30)) w.emit(`bpf_dynptr_copy(&${c}, 0, &${name}, ${w.random.below(16)}, ${w.expression(2)});`);
}

/** Heads one after the other, as options and extension headers are. */
function walk(w, depth, name) {
  const [off, h, i, s] = ['f', 'h', 'i', 's'].map((letter) => w.name(letter));
  w.emit(`__u32 ${off} = ${w.random.pick(['0', '14', w.expression(2)])};`);
  w.emit(`for (int ${i} = 0; ${i} < ${w.random.pick([3, 6, 8])}; ${i}++) {`);
  w.emit(`\tstruct head ${h}, *${s} = bpf_dynptr_slice(&${name}, ${off}, &${h}, sizeof(${h}));`);
  w.emit(`\tif (!${s}) break;`);
  w.loopBlock(depth, [`${s}->type`, `${s}->id`, off]);
  w.emit(`\tif (${s}->type == ${w.random.below(9)}) break;`);
  w.emit(`\t${off} += sizeof(${h}) + ${s}->len${w.random.pick(['', ' * 8', ' & 255'])};`);
  w.emit('}');
}

function ofRecord(w, depth) {
  const name = w.name('y');
  const end = `bpf_ringbuf_${w.random.pick(['submit', 'discard'])}_dynptr(&${name}, 0);`;
  w.emit(`struct bpf_dynptr ${name};`);
  w.emit(`bpf_ringbuf_reserve_dynptr(&records, ${w.random.chance(50) ? w.random.pick([16, 64, 256]) : w.expression(1)}, 0, &${name});`);
  w.holding(end, () => {
    use(w, depth, { name, writable: true });
    if (w.random.chance(35)) w.block(depth);
  });
  if (!w.slips()) w.emit(end);
}

function ofValue(w, depth) {
  const value = w.pointer('value');
  if (value === undefined) return;
  const name = w.name('y');
  w.emit(`struct bpf_dynptr ${name};`);
  w.emit(`bpf_dynptr_from_mem(${value}->bytes, ${w.random.chance(70) ? 32 : w.index(32)}, 0, &${name});`);
  use(w, depth, { name, writable: true });
}

function ofPacket(w, depth) {
  const from = { xdp: 'xdp', tc: 'skb', 'cgroup_skb/ingress': 'skb' }[w.kind?.section];
  if (from === undefined) return;
  const name = w.name('y');
  w.emit(`struct bpf_dynptr ${name};`);
  const made = `bpf_dynptr_from_${from}(ctx, 0, &${name})`;
  w.emit(w.slips() ? `${made};` : `if (${made}) ${w.leave()}`);
  use(w, depth, { name, writable: w.kind.packet.writable === true });
}

export const dynptrs = {
  name: 'dynptrs',
  fits: () => true,
  declarations: DECLARATIONS,
  statements: [
    { weight: 6, nests: true, write: ofRecord },
    { weight: 6, nests: true, write: ofValue },
    { weight: 7, nests: true, write: ofPacket },
  ],
};
