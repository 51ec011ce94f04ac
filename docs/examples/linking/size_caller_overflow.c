/* S9, rejected when it is loaded: 2^62 + 1 elements of four bytes are four bytes, in 64-bit arithmetic. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

int size_caller_overflow(struct xdp_md *ctx)
{
	int ar[5] = {1, 2, 3, 4, 5};

	return bar(ar, (1UL << 62) + 1);
}
