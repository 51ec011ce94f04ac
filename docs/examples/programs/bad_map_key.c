/* Rejected: two bytes of stack where the key has four. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} values SEC(".maps");

SEC("xdp")
int bad_map_key(struct xdp_md *ctx)
{
	char key[2] = {};
	char *at = key;

	barrier_var(at);
	return bpf_map_lookup_elem(&values, at) != 0;
}

char _license[] SEC("license") = "GPL";
