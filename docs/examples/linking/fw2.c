/* T2, T3: another component: sends back packets whose first byte is 2. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int fw2(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if ((void *)(data + 1) > data_end)
		return XDP_PASS;
	return data[0] == 2 ? XDP_TX : XDP_PASS;
}
