/* T2, T3: a component for a rootlet's slot: drops packets whose first byte is 1, and counts them in a map of its own. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} fw1_dropped SEC(".maps");

int fw1(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u32 zero = 0;
	__u64 *dropped;

	if ((void *)(data + 1) > data_end || data[0] != 1)
		return XDP_PASS;
	dropped = bpf_map_lookup_elem(&fw1_dropped, &zero);
	if (dropped)
		__sync_fetch_and_add(dropped, 1);
	return XDP_DROP;
}
