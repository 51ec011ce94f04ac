/* T3: a component that tail-calls: what the tail returns goes back to the rootlet.
 * Packets whose first byte is 3 go to fw_tail_target, which drops them; an empty table aborts them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} fw_tails SEC(".maps");

int fw_tail(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if ((void *)(data + 1) > data_end || data[0] != 3)
		return XDP_PASS;
	bpf_tail_call(ctx, &fw_tails, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int fw_tail_target(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
