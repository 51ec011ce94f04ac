/* Rejected: two fields of the context at once. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_ctx_size(struct xdp_md *ctx)
{
	__u64 *both = (void *)ctx;

	return *both;
}

char _license[] SEC("license") = "GPL";
