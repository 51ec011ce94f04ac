/* Rejected: a map value indexed by a number from outside. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} values SEC(".maps");

SEC("xdp")
int bad_map_index(struct xdp_md *ctx)
{
	__u32 key = 1;
	char *value = bpf_map_lookup_elem(&values, &key);

	return value ? value[ctx->rx_queue_index] : 0;
}

char _license[] SEC("license") = "GPL";
