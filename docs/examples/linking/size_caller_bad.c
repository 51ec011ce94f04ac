/* S9, rejected when it is loaded: more elements than the array has. Two more, since five elements take the stack of six. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int size_caller_bad(struct xdp_md *ctx)
{
	int ar[5] = {1, 2, 3, 4, 5};

	return bar(ar, 7);
}
