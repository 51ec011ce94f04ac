/* What is put in place of `old` of stream.c, one after the other. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 freshs;
__u64 others;

SEC("?freplace/old")
int fresh(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&freshs, 1);
	return 7;
}

SEC("?freplace/old")
int other(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&others, 1);
	return 7;
}

char _license[] SEC("license") = "GPL";
