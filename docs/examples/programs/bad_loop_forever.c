/* Rejected: a loop that does not end. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_loop_forever(struct xdp_md *ctx)
{
	volatile int go = 1;

	while (go)
		;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
