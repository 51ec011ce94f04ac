/* D: what is put in place of first, second or third. Returns 5 on receive queue 0. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

SEC("xdp")
int slot_five(struct xdp_md *ctx)
{
	return ctx->rx_queue_index + 5;
}

char _license[] SEC("license") = "GPL";
