/* D: on another type of program. Returns classify(skb), at least 1. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int classify(struct __sk_buff *skb);

SEC("tc")
int slot_skb_main(struct __sk_buff *skb)
{
	int class = classify(skb);

	return class < 1 ? 1 : class;
}

char _license[] SEC("license") = "GPL";
