/* What does an object open as that wants a map of another one? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct elsewhere {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

extern struct elsewhere elsewhere SEC(".maps");

SEC("xdp")
int extern_map(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&elsewhere, &key);

	return value ? (int)*value : 0;
}

char _license[] SEC("license") = "GPL";
