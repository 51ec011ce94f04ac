// How do programs look up sockets, and what do they read of them?

const DECLARATIONS = `
struct note { __u32 seen; __u64 bytes; };
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct note); } notes SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_SOCKMAP); __uint(max_entries, 16); __type(key, __u32); __type(value, __u64); } socks SEC(".maps");
`;
const FIELDS = ['state', 'family', 'mark', 'src_port', 'dst_ip4', 'src_ip6[2]', 'protocol', 'rx_queue_mapping'];

function lookup(w, depth) {
  if (w.kind?.net !== true) return;
  const { random } = w;
  const [t, s] = [w.name('u'), w.name('s')];
  w.emit(`struct bpf_sock_tuple ${t} = { .ipv4 = { .saddr = ${w.expression(2)}, .dport = ${w.expression(2)} } };`);
  const by = random.pick(['sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp']);
  w.emit(`struct bpf_sock *${s} = bpf_${by}(ctx, &${t}, ${random.pick([`sizeof(${t}.ipv4)`, `sizeof(${t}.ipv4)`, `sizeof(${t}.ipv6)`])}, ${random.pick(['-1', w.expression(2)])}, 0);`);
  if (!w.slips()) w.emit(`if (!${s}) ${w.leave()}`);
  w.holding(`bpf_sk_release(${s});`, () => inside(w, depth, s));
  if (!w.slips()) w.emit(`bpf_sk_release(${s});`);
  if (random.chance(4)) w.emit(`out += ${s}->state;`);
}

/** What is done with a socket: read, made another of, and noted. */
function inside(w, depth, s) {
  const { random, kind: { full, net, section } } = w;
  for (let left = random.between(1, 3); left > 0; left--) {
    random.weighted([
      [4, () => w.declare('__u32', `${s}->${random.pick(FIELDS)}`)],
      [full ? 2 : 0, () => other(w, s, 'bpf_sk_fullsock', 'bpf_sock', FIELDS)],
      [full || section === 'sockops' || section.endsWith('sockopt') ? 2 : 0, () => other(w, s, 'bpf_tcp_sock', 'bpf_tcp_sock', ['snd_cwnd', 'srtt_us', 'bytes_acked', 'rtt_min'])],
      [full ? 1 : 0, () => other(w, s, 'bpf_get_listener_sock', 'bpf_sock', FIELDS)],
      [net ? 1 : 0, () => other(w, s, 'bpf_skc_to_tcp_sock', 'tcp_sock', ['snd_cwnd', 'mss_cache', 'delivered'])],
      [section === 'xdp' || section === 'sk_lookup' ? 0 : 2, () => store(w, s)],
      [2, () => w.block(depth, [`${s}->${random.pick(FIELDS)}`])],
    ])();
  }
}

function other(w, s, by, type, fields) {
  const { random } = w;
  const o = w.name('s');
  w.emit(`struct ${type} *${o} = ${by}(${s});`);
  if (random.chance(60)) w.emit(`if (${o}) out += ${o}->${random.pick(fields)};`);
  else {
    if (!w.slips()) w.emit(`if (!${o}) ${w.leave()}`);
    w.declare('__u64', `${o}->${random.pick(fields)}`);
  }
}

function store(w, s) {
  const n = w.name('p');
  w.emit(`struct note *${n} = bpf_sk_storage_get(&notes, ${s}, 0, ${w.random.pick([0, 1])});`);
  w.emit(`if (${n}) { ${n}->seen += ${w.expression(2)}; ${n}->bytes = ${w.expression(2)}; }`);
}

/** The context's own socket. */
function own(w, depth) {
  if (w.kind?.sock === undefined) return;
  const s = w.name('s');
  w.emit(`struct bpf_sock *${s} = ${w.kind.sock};`);
  if (!w.slips()) w.emit(`if (!${s}) ${w.leave()}`);
  if (w.kind.full && w.random.chance(70)) {
    const full = w.name('s');
    w.emit(`struct bpf_sock *${full} = bpf_sk_fullsock(${s});`);
    w.emit(`if (!${full}) ${w.leave()}`);
    inside(w, depth, full);
  } else {
    inside(w, depth, s);
  }
}

function fromMap(w, depth) {
  if (!w.kind.net && w.kind.section !== 'sk_lookup') return;
  const [s, k] = [w.name('s'), w.name('k')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct bpf_sock *${s} = bpf_map_lookup_elem(&socks, &${k});`);
  if (!w.slips()) w.emit(`if (!${s}) ${w.leave()}`);
  w.holding(`bpf_sk_release(${s});`, () => {
    if (w.kind.section === 'sk_lookup') w.emit(`if (bpf_sk_assign(ctx, ${s}, ${w.random.pick([0, 1])})) ${w.leave()}`);
    inside(w, depth, s);
  });
  if (!w.slips()) w.emit(`bpf_sk_release(${s});`);
}

export const sockets = {
  name: 'sockets',
  fits: (kind) => kind.net === true || kind.sock !== undefined,
  declarations: DECLARATIONS,
  statements: [
    { weight: 8, nests: true, write: lookup },
    { weight: 7, nests: true, write: own },
    { weight: 3, nests: true, write: fromMap },
  ],
};
