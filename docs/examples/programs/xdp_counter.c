/* How many packets of each kind arrive? An array map, counted with atomic additions. Always XDP_PASS. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { OTHER, IPV4, IPV6, ARP, KINDS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KINDS);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int xdp_counter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 kind = OTHER;
	__u64 *count;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		kind = IPV4;
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		kind = IPV6;
	else if (eth->h_proto == bpf_htons(ETH_P_ARP))
		kind = ARP;

	count = bpf_map_lookup_elem(&packets, &kind);
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
