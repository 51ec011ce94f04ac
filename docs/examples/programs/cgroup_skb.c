/* How much does a control group send? Counts bytes, and lets no packet above the allowance through. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 sent;
const volatile __u64 allowance = 1000;

SEC("cgroup_skb/egress")
int cgroup_skb(struct __sk_buff *skb)
{
	__u64 before = __sync_fetch_and_add(&sent, skb->len);

	return before + skb->len <= allowance;
}

char _license[] SEC("license") = "GPL";
