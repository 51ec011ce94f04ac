/* How does a congestion control look that grows by the cube of time? State in the socket, the kernel's own functions where they do. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <kernel.h>

struct cubic {
	__u32 cnt, last_max, last_cwnd, last_time, origin, k, delay_min, epoch, acks, tcp_cwnd;
	__u16 unused;
	__u8 samples, found;
	__u32 round_start, end_seq, last_ack, curr_rtt;
};

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*set_state)(struct sock *sk, __u8 state);
	void (*cwnd_event)(struct sock *sk, int event);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	void (*cong_control)(struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	char name[16];
};

static const __u8 table[64] = {
	0, 54, 54, 54, 118, 118, 118, 118, 123, 129, 134, 138, 143, 147, 151, 156, 157, 161, 164, 168, 170, 173, 176, 179, 181, 185,
	187, 190, 192, 194, 197, 199, 200, 202, 204, 206, 209, 211, 213, 215, 217, 219, 221, 222, 224, 225, 227, 229, 231, 232, 234,
	236, 237, 239, 240, 242, 244, 245, 246, 248, 250, 251, 252, 254,
};

static __always_inline struct cubic *state_of(struct sock *sk)
{
	return (void *)((struct inet_connection_sock *)sk)->icsk_ca_priv;
}

static __always_inline int top_bit(__u64 x)
{
	int bit = 0;

	if (!x)
		return 0;
	for (int step = 32; step > 0; step >>= 1)
		if (x >> (bit + step))
			bit += step;
	return bit + 1;
}

static __u32 root(__u64 a)
{
	__u32 x, b = top_bit(a), shift;

	if (b < 7)
		return ((__u32)table[a & 63] + 35) >> 6;
	b = ((b * 84) >> 8) - 1;
	shift = a >> (b * 3);
	if (shift >= 64)
		return 0;
	x = (((__u32)table[shift] + 10) << b) >> 6;
	x = 2 * x + (__u32)(a / ((__u64)x * (__u64)(x - 1) | 1));
	return (x * 341) >> 10;
}

static __always_inline void update(struct cubic *ca, __u32 cwnd, __u32 acked)
{
	__u32 now = bpf_jiffies64(), delta, target, max;
	__u64 offs, t;

	ca->acks += acked;
	if (ca->last_cwnd == cwnd && (__s32)(now - ca->last_time) <= 1000 / 32)
		return;
	ca->last_cwnd = cwnd;
	ca->last_time = now;
	if (!ca->epoch) {
		ca->epoch = now;
		ca->acks = acked;
		ca->tcp_cwnd = cwnd;
		if (ca->last_max <= cwnd) {
			ca->k = 0;
			ca->origin = cwnd;
		} else {
			ca->k = root((__u64)(ca->last_max - cwnd) * 41);
			ca->origin = ca->last_max;
		}
	}
	t = (__s32)(now - ca->epoch) + ca->delay_min;
	t = (t << 10) / 1000;
	offs = t < ca->k ? ca->k - t : t - ca->k;
	delta = (41 * offs * offs * offs) >> 40;
	target = t < ca->k ? ca->origin - delta : ca->origin + delta;
	ca->cnt = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
	delta = (cwnd * 15) >> 3;
	for (int i = 0; i < 100 && delta && ca->acks > delta; i++) {
		ca->acks -= delta;
		ca->tcp_cwnd++;
	}
	if (ca->tcp_cwnd > cwnd) {
		max = cwnd / (ca->tcp_cwnd - cwnd);
		if (ca->cnt > max)
			ca->cnt = max;
	}
	if (ca->cnt < 2)
		ca->cnt = 2;
}

SEC("struct_ops")
void cubic_init(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct cubic *ca = state_of(sk);

	__builtin_memset(ca, 0, sizeof(*ca));
	ca->round_start = bpf_ktime_get_ns() / 1000;
	((struct tcp_sock *)sk)->snd_ssthresh = 0x7fffffff;
}

SEC("struct_ops")
void cubic_avoid(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = (void *)sk;
	struct cubic *ca = state_of(sk);
	__u32 acked = ctx[2];

	if (tp->snd_cwnd < tp->snd_ssthresh) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	update(ca, tp->snd_cwnd, acked);
	tcp_cong_avoid_ai(tp, ca->cnt, acked);
}

SEC("struct_ops")
__u32 cubic_ssthresh(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = (void *)sk;
	struct cubic *ca = state_of(sk);
	__u32 half;

	ca->epoch = 0;
	ca->last_max = tp->snd_cwnd < ca->last_max ? (tp->snd_cwnd * 1741) / 2048 : tp->snd_cwnd;
	half = (tp->snd_cwnd * 717) / 1024;
	return half > 2 ? half : 2;
}

SEC("struct_ops")
void cubic_event(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = (void *)sk;
	struct cubic *ca = state_of(sk);
	__s32 delta;

	if ((int)ctx[1] != 0)
		return;
	delta = (__u32)bpf_jiffies64() - tp->lsndtime;
	if (ca->epoch && delta > 0)
		ca->epoch += delta;
}

SEC("struct_ops")
void cubic_acked(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	const struct ack_sample *sample = (void *)ctx[1];
	struct cubic *ca = state_of(sk);
	__u32 delay;

	if (sample->rtt_us < 0)
		return;
	delay = sample->rtt_us ?: 1;
	if (!ca->delay_min || ca->delay_min > delay)
		ca->delay_min = delay;
	if (ca->samples < 8)
		ca->samples++;
}

SEC("struct_ops")
void cubic_state(__u64 *ctx)
{
	if ((__u8)ctx[1] == 4)
		__builtin_memset(state_of((void *)ctx[0]), 0, sizeof(struct cubic));
}

SEC("struct_ops")
__u32 cubic_undo(__u64 *ctx)
{
	return tcp_reno_undo_cwnd((void *)ctx[0]);
}

/* By the rate of delivery. */
SEC("struct_ops")
void rate_control(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = (void *)sk;
	const struct rate_sample *rs = (void *)ctx[3];
	__u64 rate;
	__u32 cwnd;

	if (rs->delivered < 0 || rs->interval_us <= 0)
		return;
	rate = (__u64)rs->delivered * tp->mss_cache * 1000000 / rs->interval_us;
	if (rate > sk->sk_max_pacing_rate)
		rate = sk->sk_max_pacing_rate;
	sk->sk_pacing_rate = rate;
	cwnd = rate * (tp->srtt_us >> 3) / 1000000 / (tp->mss_cache | 1);
	if (rs->losses)
		cwnd = tp->prior_cwnd / 2;
	tp->snd_cwnd = cwnd < 4 ? 4 : cwnd;
	if (tp->app_limited)
		tp->app_limited = 0;
}

SEC("struct_ops")
void writes_elsewhere(__u64 *ctx)
{
	((struct tcp_sock *)ctx[0])->mss_cache = 1;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops cubic = {
	.init = (void *)cubic_init,
	.cong_avoid = (void *)cubic_avoid,
	.ssthresh = (void *)cubic_ssthresh,
	.cwnd_event = (void *)cubic_event,
	.pkts_acked = (void *)cubic_acked,
	.set_state = (void *)cubic_state,
	.undo_cwnd = (void *)cubic_undo,
	.name = "rootlet_cubic",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops by_rate = {
	.ssthresh = (void *)cubic_ssthresh,
	.cong_control = (void *)rate_control,
	.release = (void *)writes_elsewhere,
	.undo_cwnd = (void *)cubic_undo,
	.name = "rootlet_rate",
};

char _license[] SEC("license") = "GPL";
