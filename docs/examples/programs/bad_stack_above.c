/* Rejected: the stack above the frame. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_stack_above(struct xdp_md *ctx)
{
	char byte = 0, *at = &byte;

	barrier_var(at);
	return at[8];
}

char _license[] SEC("license") = "GPL";
