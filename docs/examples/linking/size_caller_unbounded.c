/* S9, rejected when it is loaded: nobody knows how many elements are promised. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int size_caller_unbounded(struct xdp_md *ctx)
{
	int ar[5] = {1, 2, 3, 4, 5};

	return bar(ar, ctx->ingress_ifindex);
}
