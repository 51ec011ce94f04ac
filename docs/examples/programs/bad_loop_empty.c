/* Rejected: a jump to itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_loop_empty(struct xdp_md *ctx)
{
	asm volatile("again: goto again");
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
