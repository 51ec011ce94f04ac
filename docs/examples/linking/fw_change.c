/* T2: a component that changes the packet: a slot that is to take it must say that packets may change. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int fw_change(struct xdp_md *ctx)
{
	unsigned char *data;

	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	if (data + 4 > (unsigned char *)(long)ctx->data_end)
		return XDP_ABORTED;
	data[0] = data[1] = data[2] = data[3] = 0x2a;
	return XDP_PASS;
}
