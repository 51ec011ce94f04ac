// What do functions do with pointers to the stacks of those that called them, eight deep, and callbacks with what they are given?

/** A chain of functions, each of which hands on what it was given and something of its own, and functions that take buffers. */
function declarations(random) {
  const depth = random.between(2, 6);
  const lines = ['\nstruct frame { __u64 sum; __s32 left; __u32 at; __u8 bytes[16]; };\nstruct context { struct frame *f; __u64 *n; __u32 limit; };'];
  const step = () => random.pick(['f->sum += n;', 'f->left -= n & 7;', 'f->bytes[f->at & 15] = n;', 'if (f->left < 0) return -1;', 'f->at = (f->at + 1) % 16;', '*own ^= n;', 'if (*own > 100) *own = 0;', 'n = f->bytes[n & 15] + n;', 'if (f->at > 15) return f->at; f->bytes[f->at]++;', 'n = n > 31 ? 31 : n;']);
  const body = () => Array.from({ length: random.between(1, 4) }, step).join(' ');
  lines.push(`static __noinline int chain0(struct frame *f, __u64 *own, ${random.pick(['__u32', '__s64', 'int'])} n) { ${body()} return n; }`);
  for (let no = 1; no < depth; no++) {
    const loop = random.chance(25);
    lines.push(`static __noinline int chain${no}(struct frame *f, __u64 *own, ${random.pick(['__u32', '__s64', 'int'])} n) { __u64 mine = n; ${body()} ${loop ? `for (int i = 0; i < ${random.pick([2, 3, 5])}; i++)` : ''} n += chain${random.chance(75) ? no - 1 : random.below(no)}(f, ${random.pick(['own', '&mine', '&f->sum'])}, ${random.pick(['n', 'n + 1', 'mine', 'f->at'])}); ${random.chance(40) ? `if (mine > 5) n ^= chain${random.below(no)}(f, &mine, ${random.below(20)});` : ''} ${body()} return n; }`);
  }
  lines.push(`static long visit(__u32 i, struct context *c) { if (i >= c->limit) return 1; c->f->bytes[i & 15] = *c->n; *c->n += ${random.pick(['1', 'i', 'c->f->sum', 'c->f->at & 3'])}; ${random.pick(['', 'c->f->at = i & 15;', 'if (c->f->left == 3) return 1;', 'c->n = &c->f->sum;'])} return 0; }`);
  lines.push(`static long each(struct bpf_map *map, __u32 *key, struct value *v, struct context *c) { c->f->sum += v->n; if (*key > c->limit) return 1; v->words[*key & 7] = c->f->at; ${random.pick(['', '*c->n = v->m;', 'c->f->at = v->bytes[*key & 31] & 15;'])} return 0; }`);
  lines.push(`static __noinline int nest(struct frame *f, __u32 n) { __u64 own = n; struct context c = { f, &own, n & 31 }; bpf_loop(${random.pick(['3', 'n', '100'])}, visit, &c, 0); return own + f->at; }`);
  const params = random.pick(['struct frame *f', 'struct frame *f __attribute__((btf_decl_tag("arg:nonnull")))']);
  lines.push(`__noinline int whole(${params}, __u32 n) { ${params.includes('nonnull') ? '' : 'if (!f) return -1;'} ${random.pick(['f->sum += n;', 'for (int i = 0; i < 16; i++) f->bytes[i] ^= n;', 'f->bytes[n & 15] = f->at;'])} return f->left; }`);
  return { text: `${lines.join('\n')}\n`, depth };
}

function call(w, { depth }) {
  const { random } = w;
  const [f, n] = [w.name('f'), w.name('own')];
  w.emit(`struct frame ${f}${random.chance(90) ? ` = { .sum = ${w.expression(2)}, .left = ${w.expression(2)}, .at = ${random.pick([0, 3, 15, w.expression(2)])} }` : ''}; __u64 ${n} = ${w.expression(2)};`);
  for (let left = random.between(1, 3); left > 0; left--) {
    random.weighted([
      [5, () => w.declare('int', `chain${random.below(depth)}(&${f}, &${n}, ${w.expression(2)})`)],
      [3, () => w.emit(`struct context ${w.name('c')} = { &${f}, &${n}, ${w.expression(2)} };`)],
      [2, () => w.declare('int', `nest(&${f}, ${w.expression(2)})`)],
      [2, () => w.declare('int', `whole(&${f}, ${w.expression(2)})`)],
      [3, () => {
        const c = w.name('c');
        w.emit(`struct context ${c} = { &${f}, &${n}, ${w.expression(2)} };`);
        w.emit(random.chance(50) ? `bpf_loop(${random.pick(['5', '100', w.expression(2)])}, visit, &${c}, 0);` : `bpf_for_each_map_elem(&array, each, &${c}, 0);`);
      }],
    ])();
  }
  w.numbers.push(`${f}.sum`, `${f}.at`, n);
  if (random.chance(50)) w.emit(`totals[${f}.at & 15] = ${n};`);
  if (random.chance(25)) w.emit(`if (${f}.at < 16) totals[${f}.at]++;`);
}

export const frames = {
  name: 'frames',
  fits: () => true,
  create: (random) => {
    const made = declarations(random);
    return { declarations: made.text, statements: [{ weight: 12, write: (w) => call(w, made) }] };
  },
};
