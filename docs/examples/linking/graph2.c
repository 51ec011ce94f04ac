/* S8: the middle of one → two → three. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int three(int var);

int two(struct xdp_md *ctx, int var)
{
	return three(var + (int)ctx->rx_queue_index) * 2;
}
