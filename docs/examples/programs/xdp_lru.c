/* Which connections are alive? An LRU hash by the addresses and ports of UDP. Returns XDP_TX for a known one. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct flow {
	__be32 from, to;
	__be16 from_port, to_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4);
	__type(key, struct flow);
	__type(value, __u64);
} flows SEC(".maps");

SEC("xdp")
int xdp_lru(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct flow flow;
	__u64 now = bpf_ktime_get_ns();
	int known;

	if ((void *)(udp + 1) > data_end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	flow.from = ip->saddr;
	flow.to = ip->daddr;
	flow.from_port = udp->source;
	flow.to_port = udp->dest;
	known = bpf_map_lookup_elem(&flows, &flow) != 0;
	bpf_map_update_elem(&flows, &flow, &now, BPF_ANY);
	return known ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
