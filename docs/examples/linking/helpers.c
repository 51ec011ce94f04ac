/* What does a library look like? Functions only: no SEC(), no program type, no license. LINKING.md §1. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

#define MAX_SIZE 64

/* The packet's first byte, plus var; -1 for a packet without a byte. */
int foo(struct xdp_md *ctx, int var)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *data_end = (void *)(long)ctx->data_end;

	if (data + 1 > data_end)
		return -1;
	return data[0] + var;
}

/* The sum of the array's first 64 elements. */
int bar(int *array, bpf_size_t size)
{
	int sum = 0;

	if (!array)
		return 0;
	for (bpf_size_t i = 0; i < MAX_SIZE; i++) {
		if (i >= size)
			break;
		sum += array[i];
		barrier_var(i);
	}
	return sum;
}
