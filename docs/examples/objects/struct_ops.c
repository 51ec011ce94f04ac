/* How does an object give the kernel a table of functions? The four sections of struct_ops, with flavours, functions and plain members. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define CORE __attribute__((preserve_access_index))

struct sock {
	int dummy;
} CORE;

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*set_state)(struct sock *sk, __u8 new_state);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
	__u32 flags;
} CORE;

struct tcp_congestion_ops___v2 {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
} CORE;

SEC("struct_ops/ssthresh")
__u32 ssthresh(__u64 *ctx)
{
	return 2;
}

SEC("struct_ops")
void cong_avoid(__u64 *ctx)
{
}

SEC("struct_ops.s/undo")
__u32 undo_cwnd(__u64 *ctx)
{
	return 3;
}

SEC("?struct_ops")
void optional(__u64 *ctx)
{
}

SEC(".struct_ops")
struct tcp_congestion_ops plain = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rootlet",
	.flags = 1,
};

SEC(".struct_ops.link")
struct tcp_congestion_ops linked = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rootlet_link",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops___v2 flavoured = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rootlet_v2",
};

SEC("?.struct_ops")
struct tcp_congestion_ops maybe_plain = {
	.cong_avoid = (void *)optional,
	.name = "maybe",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops maybe_linked = {
	.cong_avoid = (void *)optional,
	.name = "maybe_link",
};

char _license[] SEC("license") = "GPL";
