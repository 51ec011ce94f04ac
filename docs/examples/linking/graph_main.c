/* S8: the start of main → one → two → three. Returns ((10 + 1 + 3) * 2) + 1 = 29 on receive queue 0. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int one(struct xdp_md *ctx, int var);

int graph_main(struct xdp_md *ctx)
{
	return one(ctx, 10);
}
