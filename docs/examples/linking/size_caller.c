/* S9: buffers that hold what they promise: stack, packet, map value, and a size that is only bounded. Returns 1+2+3+4 + 6. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int bar(int *array, bpf_size_t size);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int[8]);
} numbers SEC(".maps");

int size_caller(struct xdp_md *ctx)
{
	int ar[4] = {1, 2, 3, 4};
	int more[3] = {6, 0, 0};
	bpf_size_t some = ctx->rx_queue_index;
	int *packet = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	int zero = 0, sum = bar(ar, 4);
	int *value = bpf_map_lookup_elem(&numbers, &zero);

	if (value)
		sum += bar(value, 8);
	if (some < 1)
		some = 1;
	if (some > 3)
		some = 3;
	sum += bar(more, some);
	if ((void *)(packet + 2) <= data_end)
		sum += bar(packet, 2);
	return sum;
}
