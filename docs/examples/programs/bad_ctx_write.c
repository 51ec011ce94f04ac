/* Rejected: a field of the context that is not for writing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_ctx_write(struct xdp_md *ctx)
{
	ctx->data_end = 0;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
