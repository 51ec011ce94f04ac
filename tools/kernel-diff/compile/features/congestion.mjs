// What do congestion controls and programs with memory of other kinds do: sockets' fields, arenas, objects for each CPU?

const PRIVATE = `
struct private { __u32 cwnd, count; __u64 last; __s32 trend; __u8 state, pad[3]; };
#define priv(SK) ((struct private *)((struct inet_connection_sock *)(SK))->icsk_ca_priv)
`;
const READS = ['snd_cwnd', 'snd_ssthresh', 'snd_cwnd_cnt', 'packets_out', 'srtt_us', 'mss_cache', 'delivered', 'tcp_mstamp', 'lost', 'snd_una'];
const WRITES = ['snd_cwnd', 'snd_ssthresh', 'snd_cwnd_cnt', 'snd_cwnd_stamp', 'snd_cwnd_clamp'];

function fields(w) {
  const { random } = w;
  random.weighted([
    [4, () => w.declare(random.pick(['__u32', '__u64', '__s32']), `tp->${random.pick(READS)}`)],
    [4, () => w.emit(`tp->${w.slips(4) ? random.pick(READS) : random.pick(WRITES)} = ${w.expression(1)};`)],
    [2, () => w.emit(`sk->sk_pacing_rate = ${w.expression(1)};`)],
    [3, () => w.declare('__u32', `priv(sk)->${random.pick(['cwnd', 'count', 'trend', 'state'])}`)],
    [3, () => w.emit(`priv(sk)->${random.pick(['cwnd', 'count', 'last', 'trend', 'state'])} ${random.pick(['=', '+='])} ${w.expression(1)};`)],
    [1, () => w.declare('__u16', 'sk->__sk_common.skc_dport')],
  ])();
}

function kernelFunctions(w) {
  w.emit(w.random.pick([
    `out = tcp_reno_ssthresh(sk);`,
    `tcp_reno_cong_avoid(sk, ${w.expression(2)}, ${w.expression(2)});`,
    `out += tcp_reno_undo_cwnd(sk);`,
    `out += tcp_slow_start(tp, ${w.expression(2)});`,
    `tcp_cong_avoid_ai(tp, ${w.expression(2)}, ${w.expression(2)});`,
    `bpf_tcp_send_ack(tp, ${w.expression(2)});`,
  ]));
}

function windows(w, depth) {
  w.emit(`if (tp->snd_cwnd ${w.random.pick(['<', '<=', '>'])} tp->snd_ssthresh) {`);
  w.block(depth, ['tp->snd_cwnd_cnt', 'priv(sk)->cwnd']);
  w.emit(`} else { __u64 t_ = bpf_ktime_get_ns() - priv(sk)->last; __u32 c_ = priv(sk)->cwnd;`);
  w.emit(`\tt_ = t_ >> 10; for (int i = 0; i < ${w.random.pick([3, 8])}; i++) c_ = c_ - c_ / 3 + (__u32)(t_ / ((c_ * c_) | 1)) / 3;`);
  w.emit('\tpriv(sk)->cwnd = c_; }');
}

export const congestion = {
  name: 'congestion',
  fits: (kind) => kind.section === 'struct_ops',
  declarations: PRIVATE,
  statements: [
    { weight: 12, write: fields },
    { weight: 4, write: kernelFunctions },
    { weight: 4, nests: true, write: windows },
  ],
};
