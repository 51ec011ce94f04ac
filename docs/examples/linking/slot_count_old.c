/* D: counts the packets that it is given, and lets them pass. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

long olds;

int old(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&olds, 1);
	return XDP_PASS;
}
