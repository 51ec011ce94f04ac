/* Rejected: a helper that this program type does not have. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_helper_type(struct xdp_md *ctx)
{
	return bpf_skb_load_bytes((void *)ctx, 0, (void *)(long)ctx->data, 1);
}

char _license[] SEC("license") = "GPL";
