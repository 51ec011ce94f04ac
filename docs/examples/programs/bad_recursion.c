/* Rejected: a function that calls itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline int down(unsigned int n)
{
	barrier_var(n);
	if (n == 0)
		return 0;
	n = down(n - 1);
	barrier_var(n);
	return n;
}

SEC("xdp")
int bad_recursion(struct xdp_md *ctx)
{
	return down(ctx->rx_queue_index);
}

char _license[] SEC("license") = "GPL";
