/* D: counts packets, and those that nobody judged: an empty slot gives 0. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int old(struct xdp_md *ctx);

long packets, unjudged;

SEC("xdp")
int slot_count_main(struct xdp_md *ctx)
{
	int verdict = old(ctx);

	__sync_fetch_and_add(&packets, 1);
	if (verdict == XDP_PASS)
		return XDP_PASS;
	__sync_fetch_and_add(&unjudged, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
