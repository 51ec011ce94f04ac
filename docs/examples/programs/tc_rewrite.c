/* How is a packet changed and its checksum kept? Sends UDP for port 53 to port 5353. */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define UDP_OFF (sizeof(struct ethhdr) + sizeof(struct iphdr))
#define PORT_OFF (UDP_OFF + offsetof(struct udphdr, dest))
#define CHECK_OFF (UDP_OFF + offsetof(struct udphdr, check))

SEC("tc")
int tc_rewrite(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *data_end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__be16 old, new = bpf_htons(5353);

	if ((void *)(udp + 1) > data_end || eth->h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_UDP || udp->dest != bpf_htons(53))
		return TC_ACT_OK;
	old = udp->dest;
	if (bpf_l4_csum_replace(skb, CHECK_OFF, old, new, sizeof(new) | BPF_F_MARK_MANGLED_0))
		return TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, PORT_OFF, &new, sizeof(new), 0))
		return TC_ACT_SHOT;
	skb->mark = 53;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
