/* T10, refused with deep1, deep2 and deep3 in reach (more than 512 bytes of stack); fits with deep1 and shallow2. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int deep1(int var);

int deep_main(struct xdp_md *ctx)
{
	char room[64], *first = room;

	barrier_var(first);
	*first = ctx->rx_queue_index;
	return deep1(*first);
}
