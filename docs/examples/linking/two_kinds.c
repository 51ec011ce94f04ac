/* T2: moves the packet itself, and calls a function that does, and one that does not, across which it keeps pointers to the packet.
 * Returns the first byte.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

__noinline int still(struct xdp_md *ctx)
{
	volatile int ret = XDP_PASS;

	if (!ctx)
		return XDP_ABORTED;
	return ret;
}

__noinline int moving(struct xdp_md *ctx)
{
	if (!ctx)
		return XDP_ABORTED;
	return bpf_xdp_adjust_head(ctx, 0);
}

SEC("xdp")
int two_kinds(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	int first;

	if ((void *)(data + 1) > data_end)
		return -1;
	if (still(ctx) != XDP_PASS)
		return -2;
	first = data[0];
	if (moving(ctx) < 0 || bpf_xdp_adjust_tail(ctx, 0))
		return -3;
	return first;
}

char _license[] SEC("license") = "GPL";
