/* How does a packet grow and shrink? Puts four bytes before it, cuts its tail to 60 bytes. Returns XDP_TX. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int xdp_adjust(struct xdp_md *ctx)
{
	long length = ctx->data_end - ctx->data;
	__u32 *head;

	if (length > 60 && bpf_xdp_adjust_tail(ctx, 60 - (int)length))
		return XDP_ABORTED;
	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	head = (void *)(long)ctx->data;
	if ((void *)(head + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	*head = 0x01020304;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
