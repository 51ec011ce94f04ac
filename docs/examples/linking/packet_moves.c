/* S6: a touch that moves the packet, refused where the caller keeps pointers into it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int touch(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, 4);
}
