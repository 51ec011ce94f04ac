/* Rejected: the fifth byte of a four-byte map value. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} values SEC(".maps");

SEC("xdp")
int bad_map_bound(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u32 *value = bpf_map_lookup_elem(&values, &key);

	barrier_var(value);
	return value ? value[1] : 0;
}

char _license[] SEC("license") = "GPL";
