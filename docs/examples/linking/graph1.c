/* S8: a library that needs a library that needs a library: one → two → three. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int two(struct xdp_md *ctx, int var);

int one(struct xdp_md *ctx, int var)
{
	return two(ctx, var + 1) + 1;
}
