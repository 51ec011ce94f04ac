/* What can be kept on the stack? Pointers that are spilled and filled, bytes written one by one, a buffer at a variable offset.
 * Returns the packet's length cut to 60, plus 6.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int stack_use(struct xdp_md *ctx)
{
	struct xdp_md *volatile spilled = ctx;
	char bytes[16] = {}, *at = bytes;
	__u32 index = ctx->rx_queue_index & 7;
	__u64 length;

	barrier_var(at);
	barrier_var(index);
	at[index] = 1;
	at[15] = 5;
	length = spilled->data_end - spilled->data;
	if (length > 60)
		length = 60;
	return length + at[15] + at[index];
}

char _license[] SEC("license") = "GPL";
