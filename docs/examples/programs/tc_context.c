/* Which fields of the context may a classifier read and write? Returns TC_ACT_OK, and moves the mark into cb and priority. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int tc_context(struct __sk_buff *skb)
{
	skb->cb[0] = skb->mark;
	skb->cb[4] = skb->len;
	skb->priority = skb->protocol;
	skb->tc_classid = skb->ifindex;
	skb->mark = skb->cb[0] + skb->cb[4] + skb->hash + skb->vlan_present;
	return skb->gso_segs > 1000 ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
