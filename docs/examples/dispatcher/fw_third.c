/* A firewall for a rootlet's slot: drops packets whose number is a multiple of three. Datagrams to port 7777 count, whose first byte is their number. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>
#include <datagram.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} third_counts SEC(".maps");

int fw_third(struct xdp_md *ctx)
{
	int number = datagram_number(ctx, 7777);

	if (number < 0)
		return XDP_PASS;
	count(&third_counts, SEEN);
	if (!(number % 3 == 0))
		return XDP_PASS;
	count(&third_counts, DROPPED);
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
