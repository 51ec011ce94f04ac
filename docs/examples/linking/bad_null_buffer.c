/* S7, rejected when it is loaded: no buffer, yet five elements are promised. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int bad_null_buffer(struct xdp_md *ctx)
{
	return bar(0, 5);
}
