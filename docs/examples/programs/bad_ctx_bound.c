/* Rejected: behind the end of the context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_ctx_bound(struct xdp_md *ctx)
{
	return ((__u32 *)ctx)[6];
}

char _license[] SEC("license") = "GPL";
