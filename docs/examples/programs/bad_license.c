/* Rejected: a helper for GPL programs only. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_license(struct xdp_md *ctx)
{
	bpf_printk("hello");
	return XDP_PASS;
}

char _license[] SEC("license") = "Proprietary";
