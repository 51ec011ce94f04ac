/* T7: a program with a body of its own for policy, for want of a better one. Returns 1, or what a strong policy says. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

__weak __noinline int policy(struct xdp_md *ctx)
{
	return 1;
}

SEC("xdp")
int weak_main(struct xdp_md *ctx)
{
	return policy(ctx);
}

char _license[] SEC("license") = "GPL";
