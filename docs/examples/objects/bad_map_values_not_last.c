/* Does libbpf refuse this map? Something after the values. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	struct inner *values[1];
	__uint(max_entries, 1);
	__uint(key_size, 4);
} m SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
