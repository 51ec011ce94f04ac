/* S7, rejected when it is loaded: three elements where five are promised. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int bad_buffer(struct xdp_md *ctx)
{
	int ar[3] = {};

	return bar(ar, 5);
}
