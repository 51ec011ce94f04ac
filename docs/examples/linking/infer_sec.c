/* S5: SEC() decides where there is one; beside it stands a function whose type follows from its context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

SEC("xdp")
int with_sec(struct xdp_md *ctx)
{
	return XDP_PASS;
}

int without_sec(struct xdp_md *ctx)
{
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
