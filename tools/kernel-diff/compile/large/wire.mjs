// How do large programs go through packets, layer by layer, and write them anew?
import { bounds } from '../packets.mjs';
import { counter, unrolling } from './words.mjs';

export const DECLARATIONS = `
struct udp { __u16 src, dst, len, sum; };
struct gre { __u16 flags, proto; };
struct vxlan { __u32 flags, vni; };
struct icmp { __u8 type, code; __u16 sum; __u32 rest; };
struct parsed { struct flow flow; __u16 l3, l4, payload, tags; __u8 frag, flags, ttl, tos; __u32 seq, mss, scale, stamp, vni; int err; };
struct dns { __u16 id, flags, qd, an, ns, ar; };
struct fib { struct bpf_fib_lookup params; };
`;

const inKernel = (w) => ['xdp', 'tc', 'action', 'cgroup_skb/ingress', 'lwt_xmit', 'lwt_in', 'sk_skb/stream_verdict'].includes(w.kind.section);
const isSkb = (w) => ['tc', 'action'].includes(w.kind.section);

/** Whether what follows lies outside. */
const outside = (w, at, size, end) => (w.slips(1) ? '0' : w.random.pick([`(void *)${at} + ${size} > (void *)${end}`, `${at} + ${size} > ${end}`, `${end} < ${at} + ${size}`]));

/** All layers down to the ports, and into what is carried in others. */
function layers(w, depth) {
  const { random } = w;
  const { data, end } = bounds(w);
  const [at, p, proto, next] = ['at', 'p', 'proto', 'next'].map((letter) => w.name(letter));
  const out = random.chance(70) ? w.leave() : `goto done_${at};`;
  const tunnels = random.pick([0, 0, 1, 2]);
  w.emit(`struct parsed ${p} = {}; __u8 *${at} = ${data}, ${next} = 0; __u16 ${proto} = 0; int deep_${at} = 0;`);
  if (tunnels > 0) {
    unrolling(w);
    w.emit(`for (int t_${at} = 0; t_${at} <= ${tunnels}; t_${at}++) {`);
  }
  w.emit(`{ struct eth *e_ = (void *)${at}; if (${outside(w, at, 14, end)}) ${out} ${proto} = __builtin_bswap16(e_->proto); ${at} += sizeof(*e_); }`);
  if (random.chance(60)) {
    unrolling(w);
    w.emit(`for (int v_ = 0; v_ < ${random.pick([1, 2, 3])}; v_++) { if (${proto} != 0x8100 && ${proto} != 0x88a8) break; if (${outside(w, at, 4, end)}) ${out} ${p}.tags = *(__u16 *)${at}; ${proto} = __builtin_bswap16(*(__u16 *)(${at} + 2)); ${at} += 4; }`);
  }
  w.emit(`${p}.l3 = ${at} - ${data};`);
  w.emit(`switch (${proto}) {\n\tcase 0x0800: { struct ip4 *i_ = (void *)${at}; if (${outside(w, at, 20, end)}) ${out}`);
  w.emit(`\tif (i_->ihl < 5${random.chance(50) ? ' || i_->version != 4' : ''}) ${out} ${p}.flow.src[0] = i_->src; ${p}.flow.dst[0] = i_->dst; ${p}.ttl = i_->ttl; ${p}.frag = !!(i_->frag & 0xff3f); ${next} = i_->proto; ${p}.flow.family = 2;`);
  if (random.chance(30)) w.emit(`\tif (${outside(w, at, 'i_->ihl * 4', end)}) ${out}`);
  w.emit(`\t${at} += ${random.pick(['i_->ihl * 4', 'i_->ihl << 2', '20'])}; ${random.chance(30) ? `if (${p}.frag) ${out}` : ''} break; }`);
  w.emit(`case 0x86dd: { struct ip6 *i_ = (void *)${at}; if (${outside(w, at, 40, end)}) ${out} __builtin_memcpy(${p}.flow.src, i_->src, 16); __builtin_memcpy(${p}.flow.dst, i_->dst, 16); ${next} = i_->next; ${p}.ttl = i_->hops; ${p}.flow.family = 10; ${at} += 40;`);
  if (random.chance(75)) {
    unrolling(w);
    w.emit(`\tfor (${counter(w)} x_ = 0; x_ < ${random.pick([2, 4, 6, 8])}; x_++) { struct ext6 *x6_ = (void *)${at}; switch (${next}) { case 0: case 43: case 60: case 135: if (${outside(w, at, 8, end)}) ${out} ${next} = x6_->next; ${at} += ${random.pick(['(x6_->len + 1) * 8', '8 + x6_->len * 8'])}; continue; case 44: if (${outside(w, at, 8, end)}) ${out} ${p}.frag = 1; ${next} = x6_->next; ${at} += 8; continue; ${random.chance(50) ? `case 51: if (${outside(w, at, 8, end)}) ${out} ${next} = x6_->next; ${at} += (x6_->len + 2) * 4; continue;` : ''} case 59: ${out} } break; }`);
  }
  w.emit(`\tbreak; }\n\t${random.chance(50) ? `case 0x0806: count(9, 1); ${out}\n` : ''}default: ${random.chance(60) ? out : `${p}.err = 1;`} }`);
  w.emit(`${p}.flow.proto = ${next}; ${p}.l4 = ${at} - ${data};`);
  w.emit(`switch (${next}) {`);
  w.emit(`case 6: { struct tcp *t_ = (void *)${at}; if (${outside(w, at, 20, end)}) ${out} ${p}.flow.sport = t_->src; ${p}.flow.dport = t_->dst; ${p}.flags = ((__u8 *)t_)[13]; ${p}.seq = t_->seq; ${random.chance(50) ? `${p}.payload = ${p}.l4 + t_->doff * 4;` : ''}`);
  if (random.chance(40)) options(w, `${at} + 20`, end, '(t_->doff * 4) - 20', p);
  w.emit('\tbreak; }');
  w.emit(`case 17: { struct udp *u_ = (void *)${at}; if (${outside(w, at, 8, end)}) ${out} ${p}.flow.sport = u_->src; ${p}.flow.dport = u_->dst; ${p}.payload = ${p}.l4 + 8;`);
  if (tunnels > 0) w.emit(`\tif (u_->dst == __builtin_bswap16(${random.pick([4789, 8472])})) { struct vxlan *x_ = (void *)(u_ + 1); if (${outside(w, at, 16, end)}) ${out} ${p}.vni = __builtin_bswap32(x_->vni) >> 8; ${at} += 16; deep_${at}++; continue; }`);
  w.emit('\tbreak; }');
  if (tunnels > 0) w.emit(`case 47: { struct gre *g_ = (void *)${at}; if (${outside(w, at, 4, end)}) ${out} __u32 len_ = 4; if (g_->flags & 0x80) len_ += 4; if (g_->flags & 0x20) len_ += 4; if (g_->flags & 0x10) len_ += 4; if (g_->proto != 0x5865) ${out} ${at} += len_; deep_${at}++; continue; }`);
  w.emit(`case 1: case 58: { struct icmp *c_ = (void *)${at}; if (${outside(w, at, 8, end)}) ${out} ${p}.flow.sport = c_->type << 8 | c_->code; ${random.chance(40) ? `if (c_->type == 3 || c_->type == 11) { struct ip4 *in_ = (void *)(c_ + 1); if (${outside(w, at, 28, end)}) ${out} ${p}.flow.src[0] = in_->dst; ${p}.flow.dst[0] = in_->src; ${p}.flow.proto = in_->proto; if (in_->proto == 6 || in_->proto == 17) { __u16 *po_ = (void *)in_ + in_->ihl * 4; if ((void *)po_ + 4 > (void *)${end}) ${out} ${p}.flow.sport = po_[1]; ${p}.flow.dport = po_[0]; } }` : ''} break; }`);
  w.emit(`default: ${random.pick([`${p}.err = 2;`, out])} }`);
  if (tunnels > 0) w.emit('break; }');
  w.emit(`done_${at}:;`);
  const s = w.name('s');
  w.emit(random.pick([`if (${p}.err) ${w.leave()}`, `count(${p}.err, 1);`, `all.n[${p}.flow.proto & 15] += ${end} - ${data};`]));
  if (random.chance(70)) w.emit(`struct session *${s} = bpf_map_lookup_elem(&sessions, &${p}.flow); if (${s}) { ${s}->packets++; ${s}->flags |= ${p}.flags; ${s}->last = bpf_ktime_get_ns(); if (${p}.flags & 5) ${s}->stage = 4; } else { struct session n_ = { .ports = { ${p}.flow.sport, ${p}.flow.dport }, .mode = ${p}.tags }; bpf_map_update_elem(&sessions, &${p}.flow, &n_, 0); }`);
  w.numbers.push(`${p}.flow.dport`, `${p}.ttl`, `${p}.payload`, `${p}.l4`, `${p}.flags`, `${p}.mss`);
  if (random.chance(40)) w.block(depth);
}

/** Kind, length, value, again and again. */
function options(w, from, end, length, parsed) {
  const { random } = w;
  const [o, i, left] = [w.name('o'), w.name('i'), w.name('left')];
  w.emit(`__u8 *${o} = ${from}; int ${left} = ${length};`);
  unrolling(w);
  w.emit(`for (${random.pick(['int', '__u32'])} ${i} = 0; ${i} < ${random.pick([3, 6, 10, 20, 40])}${random.chance(50) ? ` && ${left} > 0` : ''}; ${i}++) {`);
  w.emit(`\tif (${outside(w, o, 1, end)}) break; switch (${o}[0]) { case 0: goto end_${o}; case 1: ${o}++; ${left}--; continue; }`);
  w.emit(`\tif (${outside(w, o, 2, end)}) break; __u8 len_ = ${o}[1]; if (len_ < 2${random.chance(50) ? ` || len_ > ${left}` : ''}) break;`);
  w.emit(`\tswitch (${o}[0]) { case 2: if (${outside(w, o, 4, end)}) goto end_${o}; ${parsed}.mss = __builtin_bswap16(*(__u16 *)(${o} + 2)); break; case 3: if (${outside(w, o, 3, end)}) goto end_${o}; ${parsed}.scale = ${o}[2]; break; case 8: if (${outside(w, o, 10, end)}) goto end_${o}; ${parsed}.stamp = *(__u32 *)(${o} + 2); break; }`);
  w.emit(`\t${o} += len_; ${left} -= len_;\n\t}\n\tend_${o}:;`);
}

/** Words, bytes or halves of the packet are added up. */
function sums(w) {
  const { random } = w;
  const { data, end } = bounds(w);
  const [sum, i, at] = [w.name('sum'), w.name('i'), w.name('at')];
  const [type, size] = random.pick([['__u16', 2], ['__u32', 4], ['__u8', 1]]);
  const most = random.pick([8, 20, 32, 64, 100, 256, 700]);
  w.emit(`__u64 ${sum} = 0; ${type} *${at} = (void *)${data} + ${random.pick(['0', '14', '34', w.index(64)])};`);
  if (most > 64) w.emit('#pragma clang loop unroll(disable)');
  else unrolling(w);
  w.emit(`for (${random.pick(['int', '__u32', '__u64'])} ${i} = 0; ${i} < ${most}; ${i}++) { if ((void *)(${at} + ${random.chance(30) ? `${i} + 1) > (void *)${end}) break; ${sum} += ${at}[${i}];` : `1) > (void *)${end}) break; ${sum} += *${at}++;`} ${random.chance(20) ? `if (${sum} & 0x100) all.n[${i} & 15]++;` : ''} }`);
  w.emit(`all.last = fold_sum(${sum});`);
  w.numbers.push(sum);
  w.emit(`(void)${size};`);
}

/** A name of the DNS, label by label, into a key. */
function names(w) {
  const { random } = w;
  const { data, end } = bounds(w);
  const [at, name, i, left, n] = ['at', 'name', 'i', 'left', 'n'].map((letter) => w.name(letter));
  const size = random.pick([16, 24, 32, 48, 64]);
  w.emit(`__u8 *${at} = ${data} + ${random.pick([42, 54, 62])}; __u8 ${name}[${size}] = {}; __u32 ${left} = 0, ${n} = 0;`);
  w.emit(`{ struct dns *d_ = (void *)${at}; if (${outside(w, at, 12, end)}) ${w.leave()} if (d_->flags & 0x80) ${w.leave()} if (__builtin_bswap16(d_->qd) != 1) ${w.leave()} ${at} += 12; }`);
  unrolling(w);
  w.emit(`for (${random.pick(['int', '__u32', '__u16'])} ${i} = 0; ${i} < ${size}; ${i}++) { if (${outside(w, at, 1, end)}) break; __u8 c_ = *${at}++; ${random.pick([`if (!c_) break;`, `if (${left} == 0) { if (!c_ || c_ > 63) break; ${left} = c_; c_ = '.'; } else ${left}--;`, `if (!c_) { ${n} = ${i}; break; }`])} ${random.chance(50) ? `if (c_ >= 'A' && c_ <= 'Z') c_ |= 0x20;` : ''} ${name}[${i}] = c_; ${random.chance(40) ? `${n} = ${n} * 31 + c_;` : ''} }`);
  if (random.chance(50)) w.emit(`if (!differ(${name}, "intern", 6)) ${w.leave()}`);
  w.emit(`seen[hash_words(${name}, ${size / 4}, 0) & 63]++;`);
  w.numbers.push(n, left);
}

/** Addresses and ports are replaced, sums are kept right, pointers are made anew. */
function translate(w) {
  const { random } = w;
  if (!w.kind.packet.writable || !inKernel(w)) return;
  const { data, end } = bounds(w);
  const [ip, f] = [w.name('ip'), w.name('new')];
  w.emit(`struct ip4 *${ip} = (void *)${data} + 14; if (${outside(w, ip, 1, end)} || (void *)(${ip} + 1) > (void *)${end}) ${w.leave()} __u32 old_${f} = ${ip}->dst, ${f} = ${w.expression(1)}; __u8 proto_${f} = ${ip}->proto; __u16 off_${f} = 14 + ${ip}->ihl * 4;`);
  if (isSkb(w)) {
    w.emit(`if (bpf_l3_csum_replace(ctx, 24, old_${f}, ${f}, 4)) ${w.leave()}`);
    w.emit(`switch (proto_${f}) { case 6: if (bpf_l4_csum_replace(ctx, off_${f} + 16, old_${f}, ${f}, 4 | 0x10)) ${w.leave()} break; case 17: if (bpf_l4_csum_replace(ctx, off_${f} + 6, old_${f}, ${f}, 4 | 0x30)) ${w.leave()} break; }`);
    w.emit(`if (bpf_skb_store_bytes(ctx, 30, &${f}, 4, ${random.pick([0, 1])})) ${w.leave()}`);
    const again = bounds(w);
    w.emit(`${ip} = (void *)${again.data} + 14; if ((void *)(${ip} + 1) > (void *)${again.end}) ${w.leave()} if (${ip}->ttl < 2) ${w.leave()} ${ip}->ttl--;`);
    if (random.chance(30)) w.emit(`bpf_skb_change_proto(ctx, 0xdd86, 0);`);
    if (random.chance(30)) w.emit(`if (bpf_skb_adjust_room(ctx, ${random.pick([20, 28, 50, -20])}, ${random.below(2)}, 0)) ${w.leave()}`);
    return;
  }
  w.emit(`{ __u64 sum_ = bpf_csum_diff(&old_${f}, 4, &${f}, 4, (__u16)~${ip}->sum); ${ip}->sum = fold_sum(sum_); ${ip}->dst = ${f}; ${ip}->ttl--; }`);
  w.emit(`if (proto_${f} == 6) { struct tcp *t_ = (void *)${ip} + ${random.pick(['sizeof(*' + ip + ')', `(${ip}->ihl * 4)`])}; if ((void *)(t_ + 1) > (void *)${end}) ${w.leave()} t_->dst = ${w.expression(2)}; t_->sum = fold_sum(bpf_csum_diff(&old_${f}, 4, &${f}, 4, (__u16)~t_->sum)); }`);
  if (w.kind.section !== 'xdp') return;
  w.emit(`if (bpf_xdp_adjust_head(ctx, ${random.pick([-20, -28, -50, 14])})) ${w.leave()}`);
  const again = bounds(w);
  w.emit(`{ struct eth *e_ = (void *)${again.data}; struct ip4 *o_ = (void *)(e_ + 1); if ((void *)(o_ + 1) > (void *)${again.end}) ${w.leave()} __builtin_memset(o_, 0, sizeof(*o_)); o_->version = 4; o_->ihl = 5; o_->proto = 4; o_->src = ${w.expression(2)}; o_->dst = ${f}; __u64 sum_ = 0; __u16 *h_ = (void *)o_; for (int j_ = 0; j_ < 10; j_++) sum_ += h_[j_]; o_->sum = fold_sum(sum_); __builtin_memcpy(e_->dst, e_->src, 6); e_->proto = 8; }`);
}

/** The next hop is asked of the kernel, addresses are written. */
function route(w) {
  if (!/^(xdp|tc|action)$/.test(w.kind.section)) return;
  const { random } = w;
  const [fib, rc] = [w.name('fib'), w.name('rc')];
  w.emit(`struct bpf_fib_lookup ${fib} = { .family = ${random.pick([2, 10])}, .ifindex = ctx->ingress_ifindex, .l4_protocol = ${w.expression(2)}, .tot_len = ${w.expression(2)}, .ipv4_dst = ${w.expression(2)} };`);
  w.emit(`long ${rc} = bpf_fib_lookup(ctx, &${fib}, sizeof(${fib}), ${random.pick([0, 1, 2])});`);
  w.emit(`switch (${rc}) { case 0: { __u8 *d_ = ${w.kind.packet.start}; if (d_ + 14 > (__u8 *)${w.kind.packet.end}) ${w.leave()} __builtin_memcpy(d_, ${fib}.dmac, 6); __builtin_memcpy(d_ + 6, ${fib}.smac, 6); return ${w.isFunction ? '4' : `bpf_redirect(${fib}.ifindex, 0)`}; } case 1: case 2: case 3: ${w.leave()} default: count(${rc}, 1); }`);
}

/** What is carried is compared with words. */
function words(w) {
  const { random } = w;
  const { data, end } = bounds(w);
  const at = w.name('at');
  w.emit(`__u8 *${at} = ${data} + ${random.pick([54, 66, w.index(128)])}; if (${outside(w, at, 16, end)}) ${w.leave()}`);
  for (const text of ['GET ', 'POST ', 'HTTP/1.1', '\\x16\\x03\\x01', 'SSH-2.0'].slice(0, random.between(2, 5))) w.emit(`if (!differ(${at}, "${text}", ${text.startsWith('\\x') ? 3 : text.length})) { all.n[${random.below(16)}]++; ${random.chance(30) ? w.leave() : ''} }`);
  if (random.chance(60)) {
    const [i, host] = [w.name('i'), w.name('host')];
    w.emit(`__u32 ${host} = 0;`);
    unrolling(w);
    w.emit(`for (int ${i} = 0; ${i} < ${random.pick([16, 40, 100])}; ${i}++) { if (${outside(w, at, 5, end)}) break; if (*(__u32 *)${at} == 0x74736f48) { ${host} = ${i}; break; } ${at}++; }`);
    w.numbers.push(host);
  }
}

function output(w) {
  if (!inKernel(w)) return;
  const { random } = w;
  const s = w.name('s');
  w.emit(`struct session ${s} = { .first = ${w.expression(1)}, .bytes = ${w.expression(2)} };`);
  if (['xdp', 'tc', 'action', 'cgroup_skb/ingress'].includes(w.kind.section)) w.emit(`bpf_perf_event_output(ctx, &samples, 0xffffffffULL | (__u64)${random.pick(['64', `(${w.expression(2)} & 0xfff)`])} << 32, &${s}, sizeof(${s}));`);
}

/** Whether a socket waits for it. */
function socket(w) {
  if (w.kind.net !== true || w.isFunction) return;
  const { random } = w;
  const [tuple, sk] = [w.name('t'), w.name('sk')];
  w.emit(`struct bpf_sock_tuple ${tuple} = { .ipv4 = { ${w.expression(2)}, ${w.expression(2)}, ${w.expression(2)}, ${w.expression(2)} } };`);
  w.emit(`struct bpf_sock *${sk} = ${random.pick(['bpf_sk_lookup_tcp', 'bpf_sk_lookup_udp'])}(ctx, &${tuple}, sizeof(${tuple}.ipv4), -1, 0); if (${sk}) {`);
  w.holding(`bpf_sk_release(${sk});`, () => {
    w.emit(`\tall.n[${sk}->state & 15]++; ${random.chance(40) ? `if (${sk}->mark == 7) ${w.leave()}` : ''}`);
  });
  w.emit(`\tbpf_sk_release(${sk}); }`);
}

export const wire = {
  fits: (kind) => kind?.packet !== undefined,
  declarations: DECLARATIONS,
  statements: [
    { weight: 9, nests: true, most: 0, write: layers },
    { weight: 5, most: 1, write: sums },
    { weight: 4, most: 1, write: names },
    { weight: 6, write: translate },
    { weight: 3, write: route },
    { weight: 4, most: 1, write: words },
    { weight: 3, write: output },
    { weight: 3, write: socket },
  ],
};

