/* S5: a context that fits several program types: the user must say which. Returns the packet's length. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int infer_skb(struct __sk_buff *skb)
{
	return skb->len;
}
