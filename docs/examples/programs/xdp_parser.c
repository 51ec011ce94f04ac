/* What is in a packet? Ethernet with VLAN tags, IPv4 with options, IPv6, TCP with a loop over its options.
 * Returns the maximum segment size a SYN announces; 0 for a packet without one; negative where the packet ends too early.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_TAGS 2
#define MAX_OPTIONS 10
#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_MSS 2

struct vlan_tag {
	__be16 control;
	__be16 protocol;
};

static __always_inline int parse_options(__u8 *at, __u8 *options_end, __u8 *data_end)
{
	for (int i = 0; i < MAX_OPTIONS; i++) {
		if (at + 1 > data_end || at + 1 > options_end || *at == OPTION_END)
			return 0;
		if (*at == OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 2 > data_end || at + 2 > options_end || at[1] < 2)
			return -1;
		if (*at == OPTION_MSS) {
			if (at + 4 > data_end)
				return -1;
			return at[2] << 8 | at[3];
		}
		at += at[1];
	}
	return 0;
}

SEC("xdp")
int xdp_parser(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	void *next = eth + 1;
	__be16 protocol;
	__u8 transport;
	struct tcphdr *tcp;

	if (next > data_end)
		return -1;
	protocol = eth->h_proto;
	for (int i = 0; i < MAX_TAGS; i++) {
		struct vlan_tag *tag = next;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > data_end)
			return -2;
		protocol = tag->protocol;
		next = tag + 1;
	}

	if (protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = next;

		if ((void *)(ip + 1) > data_end || ip->ihl < 5)
			return -3;
		transport = ip->protocol;
		next += ip->ihl * 4;
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = next;

		if ((void *)(ip + 1) > data_end)
			return -4;
		transport = ip->nexthdr;
		next = ip + 1;
	} else {
		return 0;
	}

	tcp = next;
	if (transport != IPPROTO_TCP)
		return 0;
	if ((void *)(tcp + 1) > data_end || tcp->doff < 5)
		return -5;
	return parse_options((__u8 *)(tcp + 1), (__u8 *)tcp + tcp->doff * 4, data_end);
}

char _license[] SEC("license") = "GPL";
