/* How does a congestion control of one's own come into the kernel? Two tables held by links, one by its map, and one that says too much. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

/* No kernel has these members. While they are zero nobody misses them. */
struct tcp_congestion_ops___newer {
	char name[16];
	__u64 not_there;
	__u32 (*undo_cwnd)(struct sock *sk);
	__u32 (*not_there_either)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*ssthresh)(struct sock *sk);
};

SEC("struct_ops")
__u32 own_ssthresh(__u64 *ctx)
{
	return 2;
}

SEC("struct_ops")
void own_cong_avoid(__u64 *ctx)
{
}

/* Its section leaves it out; a table that is created wants it. */
SEC("?struct_ops")
__u32 own_undo_cwnd(__u64 *ctx)
{
	return 3;
}

/* Only the table that is left out wants it. */
SEC("struct_ops")
__u32 unwanted(__u64 *ctx)
{
	return 4;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___newer first = {
	.ssthresh = (void *)own_ssthresh,
	.cong_avoid = (void *)own_cong_avoid,
	.undo_cwnd = (void *)own_undo_cwnd,
	.name = "rootlet_test",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops second = {
	.ssthresh = (void *)own_ssthresh,
	.cong_avoid = (void *)own_cong_avoid,
	.undo_cwnd = (void *)own_undo_cwnd,
	.name = "rootlet_test",
};

SEC(".struct_ops")
struct tcp_congestion_ops held_by_map = {
	.ssthresh = (void *)own_ssthresh,
	.cong_avoid = (void *)own_cong_avoid,
	.undo_cwnd = (void *)own_undo_cwnd,
	.name = "rootlet_map",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops___newer left_out = {
	.ssthresh = (void *)own_ssthresh,
	.cong_avoid = (void *)own_cong_avoid,
	.undo_cwnd = (void *)unwanted,
	.not_there = 1,
	.name = "rootlet_out",
};

char _license[] SEC("license") = "GPL";
