/* D: put in place of classify. Returns the length of the packet and 1000. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

SEC("tc")
int slot_skb_longer(struct __sk_buff *skb)
{
	return skb->len + 1000;
}

char _license[] SEC("license") = "GPL";
