/* How does a program go on in another one? A program array filled from C, by constant and by variable index.
 * Returns 10 + the packet's first byte for 0 and 1, XDP_PASS for all others.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int handle_zero(struct xdp_md *ctx);
int handle_one(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} handlers SEC(".maps") = {
	.values = {
		[0] = &handle_zero,
		[1] = &handle_one,
	},
};

SEC("xdp")
int handle_zero(struct xdp_md *ctx)
{
	return 10;
}

SEC("xdp")
int handle_one(struct xdp_md *ctx)
{
	return 11;
}

SEC("xdp")
int tail_calls(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if ((void *)(data + 1) > data_end)
		return XDP_ABORTED;
	bpf_tail_call(ctx, &handlers, data[0]);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
