/* D: the end of main → first → third. Returns 2 on receive queue 0. */
#include <linux/bpf.h>
#include <rootlet.h>

int third(struct xdp_md *ctx)
{
	return ctx->rx_queue_index + 2;
}
