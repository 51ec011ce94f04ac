/* T2, T9, refused: replacements whose prototypes are not a slot's. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int fw_wrong_ctx(struct __sk_buff *skb)
{
	return 0;
}

int fw_wrong_count(struct xdp_md *ctx, int var)
{
	return XDP_PASS;
}

long fw_wrong_return(struct xdp_md *ctx)
{
	return XDP_PASS;
}
