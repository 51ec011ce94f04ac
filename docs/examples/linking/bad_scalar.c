/* S7, rejected when it is loaded: a number where bar wants a buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int bad_scalar(struct xdp_md *ctx)
{
	return bar((int *)(unsigned long)ctx->ingress_ifindex, 5);
}
