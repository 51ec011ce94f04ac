/* D: its context says skb, not which type of program. Returns the length of the packet. */
#include <linux/bpf.h>
#include <rootlet.h>

int classify(struct __sk_buff *skb)
{
	return skb->len;
}
