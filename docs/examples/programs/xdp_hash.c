/* Who sends how much? A hash map by IPv4 source address. Drops who sent more than `limit` packets. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct usage {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct usage);
} senders SEC(".maps");

const volatile __u64 limit = 3;

SEC("xdp")
int xdp_hash(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct usage *usage;
	__be32 from;

	if ((void *)(ip + 1) > data_end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	from = ip->saddr;
	usage = bpf_map_lookup_elem(&senders, &from);
	if (!usage) {
		struct usage first = {.packets = 1, .bytes = bpf_ntohs(ip->tot_len)};

		bpf_map_update_elem(&senders, &from, &first, BPF_NOEXIST);
		return XDP_PASS;
	}
	usage->packets++;
	usage->bytes += bpf_ntohs(ip->tot_len);
	return usage->packets > limit ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
