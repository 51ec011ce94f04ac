/* Is each packet judged once, by a function or by what replaces it? `old` counts, and EXT programs in its place count elsewhere. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 packets;
/* Packets that neither judged: both answer 7. */
__u64 unjudged;
__u64 olds;

__attribute__((noinline)) int old(struct xdp_md *ctx)
{
	if (!ctx)
		return 0;
	__sync_fetch_and_add(&olds, 1);
	return 7;
}

SEC("xdp")
int stream(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&packets, 1);
	if (old(ctx) != 7)
		__sync_fetch_and_add(&unjudged, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
