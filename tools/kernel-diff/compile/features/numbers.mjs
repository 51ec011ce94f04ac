// What do compilers make of hashes, bit-fields, tables of cases, atomics and state machines?

const DECLARATIONS = `
#define rol(V, N) ((V) << (N) | (V) >> (32 - (N)))
#define rol64(V, N) ((V) << (N) | (V) >> (64 - (N)))
#define mix(A, B, C) do { A -= C; A ^= rol(C, 4); C += B; B -= A; B ^= rol(A, 6); A += C; C -= B; C ^= rol(B, 8); B += A; } while (0)
#define round(A, B, C, D) do { A += B; B = rol64(B, 13); B ^= A; A = rol64(A, 32); C += D; D = rol64(D, 16); D ^= C; A += D; D = rol64(D, 21); D ^= A; C += B; B = rol64(B, 17); B ^= C; C = rol64(C, 32); } while (0)
struct bits { __u32 a : 3, b : 9, c : 20; __s32 d : 7, e : 25; __u64 f : 33, g : 31; __s64 h : 12; __u8 i : 1, j : 2; };
struct odd { __u8 a; __u16 b; __u32 c; __u8 d[7]; __u64 e; } __attribute__((packed));
struct big { __u64 words[24]; };
MAP(machine, BPF_MAP_TYPE_ARRAY, __u32, struct bits, 4);
static __noinline __u32 jhash(const __u32 *k, __u32 n, __u32 seed) { __u32 a = seed, b = seed + n, c = 0xdeadbeef; for (__u32 i = 0; i + 2 < 12 && i < n; i += 3) { a += k[i]; b += k[i + 1]; c += k[i + 2]; mix(a, b, c); } return c; }
static __always_inline __u32 fnv(const __u8 *p, int n) { __u32 h = 0x811c9dc5; for (int i = 0; i < n; i++) { h ^= p[i]; h *= 0x01000193; } return h; }
`;

function hash(w) {
  const { random } = w;
  const k = w.name('k');
  random.weighted([
    [3, () => {
      w.emit(`__u32 ${k}[12] = { ${w.expression(2)}, ${w.expression(2)}, ${w.expression(2)} };`);
      w.declare('__u32', `jhash(${k}, ${w.random.chance(60) ? random.pick([3, 6, 9, 12]) : w.expression(2)}, ${w.expression(2)})`);
    }],
    [2, () => {
      const v = [0, 1, 2, 3].map(() => w.name('v'));
      w.emit(`__u64 ${v.map((name) => `${name} = ${w.expression(2)}`).join(', ')};`);
      if (random.chance(50)) w.emit('#pragma clang loop unroll(disable)');
      w.emit(`for (int i = 0; i < ${random.pick([1, 2, 4, 8])}; i++) round(${v.join(', ')});`);
      w.numbers.push(v[0], v[3]);
    }],
    [2, () => {
      const bytes = w.arrays.length > 0 ? random.pick(w.arrays) : undefined;
      if (bytes !== undefined) w.declare('__u32', `fnv((void *)${bytes.name}, ${bytes.length})`);
    }],
  ])();
}

function bitFields(w) {
  const { random } = w;
  const fields = 'abcdefghij';
  const b = w.name('b');
  if (random.chance(50)) w.emit(`struct bits ${b}_ = { .a = ${w.expression(2)}, .e = ${w.expression(2)}, .f = ${w.expression(2)} }, *${b} = &${b}_;`);
  else {
    w.emit(`__u32 ${b}_ = ${w.expression(2)}; struct bits *${b} = bpf_map_lookup_elem(&machine, &${b}_);`);
    if (!w.slips()) w.emit(`if (!${b}) ${w.leave()}`);
  }
  for (let left = random.between(1, 3); left > 0; left--) w.emit(`${b}->${fields[random.below(10)]} ${random.pick(['=', '+=', '^='])} ${w.expression(1)};`);
  w.declare(random.pick(['int', '__u64', '__s64']), `${b}->${fields[random.below(10)]}`);
  w.numbers.push(`${b}->${fields[random.below(10)]}`);
}

function cases(w, depth) {
  const { random } = w;
  const v = w.declare(random.pick(['__u32', '__u8', 'int', '__u64']), w.expression(1));
  const from = random.pick([0, 0, 1, 100, -2]);
  w.emit(`switch (${random.chance(40) ? `${v} & 15` : v}) {`);
  let at = from;
  for (let i = 0, n = random.between(3, 14); i < n; i++) {
    w.emit(`case ${at}: {`);
    at += random.weighted([[16, 1], [3, 3], [1, 40]]);
    if (random.chance(25)) w.block(depth + 1, [], 2);
    else w.emit(`out ${random.pick(['=', '+=', '^='])} ${w.expression(2)};`);
    w.emit(random.chance(80) ? '\tbreak; }' : '} __attribute__((fallthrough));');
  }
  w.emit(`default: ${random.chance(50) ? w.leave() : ';'} }`);
}

/** A machine that goes through bytes, state by state. */
function machine(w) {
  const { random } = w;
  const [s, i] = [w.name('s'), w.name('i')];
  const bytes = w.arrays.length > 0 ? random.pick(w.arrays) : undefined;
  w.emit(`__u32 ${s} = ${random.pick(['0', w.expression(2)])};`);
  if (random.chance(75)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (int ${i} = 0; ${i} < ${random.pick([8, 16, 32, 64])}; ${i}++) {`);
  w.emit(`\t__u32 c = ${bytes === undefined ? `(${w.expression(2)} >> (${i} & 7)) & 255` : `${bytes.name}[${i} & ${bytes.length - 1}]`};`);
  w.emit(`\tswitch (${s}) {`);
  const states = random.between(2, 6);
  for (let no = 0; no < states; no++) w.emit(`\tcase ${no}: ${random.pick([`if (c == ${random.below(256)}) ${s} = ${random.below(states + 1)};`, `${s} = c > ${random.below(200)} ? ${random.below(states)} : ${random.below(states + 1)};`, `${s} += c & ${random.pick([1, 3])};`, `out += c; ${s} = ${random.below(states)};`])} break;`);
  w.emit(`\tdefault: ${random.pick(['break;', `${s} = 0;`, w.loops > 0 ? `${s} = 1;` : w.leave()])}\n\t\t}`);
  if (random.chance(30)) w.emit(`\tif (${s} == ${states}) break;`);
  w.emit('}');
  w.numbers.push(s);
}

function atomics(w) {
  const { random } = w;
  const value = w.pointer('value');
  const place = value !== undefined && random.chance(70) ? `&${value}->${random.pick(['n', 'm'])}` : `&totals[${w.index(16)}]`;
  random.weighted([
    [2, () => w.declare('__u64', `__sync_fetch_and_${random.pick(['add', 'or', 'and', 'xor'])}(${place}, ${w.expression(1)})`)],
    [2, () => w.declare('__u64', `__sync_lock_test_and_set(${place}, ${w.expression(1)})`)],
    [2, () => w.declare('__u64', `__sync_val_compare_and_swap(${place}, ${w.expression(2)}, ${w.expression(2)})`)],
  ])();
}

/** Copies of structs, aligned or not, and of parts. */
function copies(w) {
  const { random } = w;
  const name = w.name('g');
  random.weighted([
    [2, () => {
      w.emit(`struct odd ${name} = { .a = ${w.expression(2)}, .c = ${w.expression(2)}, .e = ${w.expression(2)} }, ${name}b = ${name};`);
      w.emit(`${name}b.d[${w.index(4)}] = ${w.expression(2)}; ${name}.b = ${name}b.c;`);
      w.numbers.push(`${name}.b`, `${name}b.d[3]`, `${name}b.e`);
    }],
    [2, () => {
      if (random.chance(50) && w.kind !== undefined) return;
      w.emit(`struct big ${name}; __builtin_memset(&${name}, ${random.pick([0, 0, 255])}, ${random.pick([8, 13, 64, 192])});`);
      w.emit(`${name}.words[${w.index(16)}] = ${w.expression(2)};`);
      w.numbers.push(`${name}.words[${random.below(24)}]`);
    }],
    [2, () => {
      if (w.arrays.length < 2) return;
      const [a, b] = [random.pick(w.arrays), random.pick(w.arrays)];
      w.emit(`__builtin_mem${a === b ? 'move' : 'cpy'}(${a.name}, ${b.name}, ${Math.min(a.length, b.length) - random.pick([0, 0, 1, 3])});`);
    }],
  ])();
}

/** Math on indexes with a sign, as compilers fold and widen it. */
function signed(w) {
  const { random } = w;
  const i = w.declare(random.pick(['int', '__s32', '__s64', 'short', 'signed char']), w.expression(1));
  w.emit(random.pick([
    `if (${i} < 0) ${i} = -${i}; if (${i} > 15) ${i} = 15;`,
    `${i} = ${i} < 0 ? 0 : ${i} > 15 ? 15 : ${i};`,
    `${i} = ${i} / ${random.pick([2, 3, 4, 8])} ; if (${i} < -3 || ${i} > 12) ${w.locked ? `${i} = 0;` : w.leave()} ${i} += 3;`,
    `${i} %= 8; ${i} += 8;`,
    `${i} = (${i} >> 3) & 15;`,
    `if (${i} - 5 > 10u) ${i} = 5; ${i} -= 5;`,
  ]));
  w.emit(random.pick([`totals[${i}] += 1;`, `out += table[${i}];`, `totals[15 - ${i}] = ${i};`]));
}

export const numbers = {
  name: 'numbers',
  fits: () => true,
  declarations: DECLARATIONS,
  statements: [
    { weight: 4, write: hash },
    { weight: 4, write: bitFields },
    { weight: 4, nests: true, write: cases },
    { weight: 4, write: machine },
    { weight: 3, quiet: true, write: atomics },
    { weight: 4, quiet: true, write: copies },
    { weight: 5, quiet: true, write: signed },
  ],
};
