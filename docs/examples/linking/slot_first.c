/* D: what stands in a slot and has slots of its own. Returns third(ctx) + 1. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int third(struct xdp_md *ctx);

int first(struct xdp_md *ctx)
{
	return third(ctx) + 1;
}
