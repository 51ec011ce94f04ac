/* D: the same, in place of it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

long freshs;

SEC("xdp")
int fresh(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&freshs, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
