// How do programs parse options, names and headers whose length only the bytes say?
import { bounds } from '../packets.mjs';

const DECLARATIONS = `
struct cursor { __u8 *at, *end; };
struct eth { __u8 dst[6], src[6]; __u16 proto; } __attribute__((packed));
struct ip4 { __u8 ihl : 4, version : 4; __u8 tos; __u16 len, id, frag; __u8 ttl, proto; __u16 sum; __u32 src, dst; };
struct ip6 { __u8 first[4]; __u16 len; __u8 next, hops; __u32 src[4], dst[4]; };
struct ext6 { __u8 next, len; };
struct tcp { __u16 src, dst; __u32 seq, ack; __u16 res : 4, doff : 4, fin : 1, syn : 1, rst : 1, psh : 1, acked : 1, rest : 3; __u16 window, sum, urgent; };
struct key { __u32 src, dst; __u16 ports[2]; __u8 proto, flags; __u16 pad; };
MAP(flows, BPF_MAP_TYPE_LRU_HASH, struct key, struct value, 256);
struct lpm { __u32 bits, addr; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(map_flags, 1); __uint(max_entries, 64); __type(key, struct lpm); __type(value, __u32); } routes SEC(".maps");
static __always_inline __u16 fold(__u64 sum) { for (int i = 0; i < 4; i++) if (sum >> 16) sum = (sum & 0xffff) + (sum >> 16); return ~sum; }
`;

/** Steps over `text` bytes: what follows lies within the packet. */
function within(w, cursor, size, end) {
  return w.slips(1) ? '0' : `${cursor} + ${size} > ${end}`;
}

/** Ethernet, tags, IPv4 or IPv6 with extension headers, TCP: as balancers and firewalls go through them. */
function headers(w, depth) {
  const { random } = w;
  const { data, end } = bounds(w);
  const [eth, proto, l4, next] = ['h', 'p', 'l', 'x'].map((letter) => w.name(letter));
  w.emit(`struct eth *${eth} = (void *)${data}; __u16 ${proto}; __u8 *${l4}, ${next} = 0; struct key k_${l4} = {};`);
  w.emit(`if (${within(w, data, 14, end)}) ${w.leave()}`);
  w.emit(`${proto} = __builtin_bswap16(${eth}->proto); ${l4} = ${data} + 14;`);
  if (random.chance(50)) {
    if (random.chance(50)) w.emit('#pragma unroll');
    w.emit(`for (int v_ = 0; v_ < ${random.pick([1, 2, 4])}; v_++) { if (${proto} != 0x8100 && ${proto} != 0x88a8) break; if (${within(w, l4, 4, end)}) ${w.leave()} ${proto} = __builtin_bswap16(*(__u16 *)(${l4} + 2)); ${l4} += 4; }`);
  }
  w.emit(`if (${proto} == 0x800) {`);
  w.emit(`\tstruct ip4 *ip = (void *)${l4}; if (${within(w, l4, 20, end)}) ${w.leave()}`);
  if (random.chance(60)) w.emit(`\tif (ip->ihl < 5${random.chance(50) ? ' || ip->version != 4' : ''}) ${w.leave()}`);
  w.emit(`\tk_${l4}.src = ip->src; k_${l4}.dst = ip->dst; ${next} = ip->proto; ${l4} += ${random.pick(['ip->ihl * 4', 'ip->ihl << 2', '20'])};`);
  if (w.kind.packet.writable && random.chance(40)) {
    w.emit(`\tif (ip->ttl <= 1) ${w.leave()} ip->ttl--; { __u32 s_ = ip->sum + 1; ip->sum = s_ + (s_ >> 16); }`);
  }
  if (random.chance(35)) {
    w.emit(`\t{ __u64 sum_ = 0; __u16 *half = (void *)ip; ${random.chance(50) ? '_Pragma("clang loop unroll(disable)")' : ''} for (int j = 0; j < 10; j++) sum_ += half[j]; k_${l4}.pad = fold(sum_); }`);
  }
  w.emit(`} else if (${proto} == 0x86dd) {`);
  w.emit(`\tstruct ip6 *ip = (void *)${l4}; if (${within(w, l4, 40, end)}) ${w.leave()}`);
  w.emit(`\tk_${l4}.src = ip->src[0] ^ ip->src[3]; k_${l4}.dst = ip->dst[${random.below(4)}]; ${next} = ip->next; ${l4} += 40;`);
  if (random.chance(40)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`\tfor (int e_ = 0; e_ < ${random.pick([2, 4, 6, 10])}; e_++) { struct ext6 *ext = (void *)${l4}; if (${next} != 0 && ${next} != 43 && ${next} != 60${random.chance(50) ? ' && ' + next + ' != 51' : ''}) break; if (${within(w, l4, 2, end)}) ${w.leave()} ${next} = ext->next; ${l4} += ${random.pick(['(ext->len + 1) * 8', '(ext->len + 1) << 3', '8'])}; }`);
  w.emit(`} else ${w.leave()}`);
  w.emit(`k_${l4}.proto = ${next};`);
  if (random.chance(75)) {
    w.emit(`if (${next} == 6) { struct tcp *t = (void *)${l4}; if (${within(w, l4, 20, end)}) ${w.leave()} k_${l4}.ports[0] = t->src; k_${l4}.ports[1] = t->dst; k_${l4}.flags = t->syn | t->fin << 1 | t->rst << 2;`);
    if (random.chance(50)) options(w, `${l4} + 20`, end, '(t->doff * 4) - 20');
    w.emit(`} else if (${next} == 17) { if (${within(w, l4, 8, end)}) ${w.leave()} __builtin_memcpy(k_${l4}.ports, ${l4}, 4); }`);
  }
  if (random.chance(30)) w.emit(`if (k_${l4}.src > k_${l4}.dst) { __u32 s_ = k_${l4}.src; k_${l4}.src = k_${l4}.dst; k_${l4}.dst = s_; }`);
  const flow = w.name('p');
  w.emit(`struct value *${flow} = bpf_map_lookup_elem(&flows, &k_${l4});`);
  w.emit(`if (${flow}) { ${flow}->n++; ${flow}->m += ${end} - ${data}; ${flow}->words[k_${l4}.flags & 7]++; }`);
  w.emit(`else { struct value new_ = { .n = 1 }; bpf_map_update_elem(&flows, &k_${l4}, &new_, 1); }`);
  if (random.chance(30)) w.emit(`{ struct lpm l_ = { 32, k_${l4}.dst }; __u32 *r_ = bpf_map_lookup_elem(&routes, &l_); if (r_) out = *r_; }`);
  w.numbers.push(`k_${l4}.src`, `k_${l4}.proto`, next);
  if (random.chance(40)) w.block(depth);
}

/** Kind, length, value, again and again. */
function options(w, from, end, length) {
  const { random } = w;
  const [o, i, left] = [w.name('o'), w.name('i'), w.name('left')];
  w.emit(`__u8 *${o} = ${from}; int ${left} = ${length};`);
  if (random.chance(50)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (int ${i} = 0; ${i} < ${random.pick([4, 6, 10, 20])}${random.chance(50) ? ` && ${left} > 0` : ''}; ${i}++) {`);
  w.emit(`\tif (${within(w, o, 1, end)}) break;`);
  w.emit(`\tif (${o}[0] == 0) break; if (${o}[0] == 1) { ${o}++; ${left}--; continue; }`);
  w.emit(`\tif (${within(w, o, 2, end)}) break;`);
  w.emit(`\t__u8 len_ = ${o}[1]; if (len_ < 2${random.chance(50) ? ` || len_ > ${left}` : ''}) break;`);
  if (random.chance(60)) w.emit(`\tif (${o}[0] == ${random.pick([2, 3, 8])}) { if (${within(w, o, 4, end)}) break; out ^= *(__u16 *)(${o} + 2); ${random.chance(30) ? 'break;' : ''} }`);
  w.emit(`\t${o} += len_; ${left} -= len_;`);
  w.emit('}');
}

function alone(w) {
  const { data, end } = bounds(w);
  options(w, `${data} + ${w.random.chance(50) ? w.random.pick([0, 14, 54]) : w.index(64)}`, end, w.expression(1));
}

/** Labels of a name, copied to a key on the stack or hashed. */
function names(w) {
  const { random } = w;
  const { data, end } = bounds(w);
  const [at, i, left, key] = ['c', 'i', 'left', 'q'].map((letter) => w.name(letter));
  const size = random.pick([16, 32, 64]);
  w.emit(`__u8 *${at} = ${data} + ${random.pick([12, 54])}, ${key}[${size}] = {}; __u32 ${left} = 0;`);
  if (random.chance(70)) w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (${random.pick(['int', '__u32', '__u16'])} ${i} = 0; ${i} < ${w.slips() ? size + 1 : size}; ${i}++) {`);
  w.emit(`\tif (${within(w, at, 1, end)}) break;`);
  w.emit(`\t__u8 c_ = *${at};`);
  w.emit(random.pick([
    `\tif (${left} == 0) { if (c_ == 0) break; if ((c_ & 0xc0) == 0xc0) break; ${left} = c_; } else { ${left}--; }`,
    `\tif (c_ == 0) break; if (c_ >= 'A' && c_ <= 'Z') c_ += 32;`,
    `\tif (c_ == ' ' || c_ == '\\r') break; ${left} = ${left} * 31 + c_;`,
  ]));
  w.emit(`\t${key}[${i}] = c_; ${at}++;`);
  w.emit('}');
  w.numbers.push(left, `${key}[${random.below(size)}]`);
  w.arrays.push({ name: key, length: size });
}

/** Bytes of a length that was read, into a buffer. */
function payload(w) {
  if (!['tc', 'action', 'cgroup_skb/ingress', 'xdp'].includes(w.kind.section)) return;
  const { random } = w;
  const load = w.kind.section === 'xdp' ? 'bpf_xdp_load_bytes' : 'bpf_skb_load_bytes';
  const [b, n] = [w.name('b'), w.name('n')];
  w.emit(`__u8 ${b}[64]${random.chance(60) ? ' = {}' : ''}; __u32 ${n} = ${w.expression(1)};`);
  w.emit(random.pick([`if (${n} > 64) ${n} = 64; if (${n} == 0) ${w.leave()}`, `${n} &= 63; if (!${n}) ${w.leave()}`, `if (${n} < 1 || ${n} > 64) ${w.leave()}`, `${n} = ${n} ? ${n} & 31 : 1;`]));
  w.emit(`if (${load}(ctx, ${w.expression(2)}, ${b}, ${n})) ${w.leave()}`);
  w.arrays.push({ name: b, length: 64 });
  if (random.chance(50)) w.emit(`if (!__builtin_memcmp(${b}, "GET /", 5)) out += ${b}[5]; else if (${b}[0] == 0x16 && ${b}[1] == 3) out += ${b}[5] << 8 | ${b}[6];`);
}

export const parsers = {
  name: 'parsers',
  fits: (kind) => kind.packet !== undefined,
  declarations: DECLARATIONS,
  statements: [
    { weight: 7, nests: true, most: 1, write: headers },
    { weight: 4, write: alone },
    { weight: 5, write: names },
    { weight: 4, write: payload },
  ],
};
