/* S5: no SEC(), yet the context says what this is: an XDP program. Returns XDP_DROP for packets shorter than 60 bytes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int infer_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	return data + 60 > data_end ? XDP_DROP : XDP_PASS;
}
