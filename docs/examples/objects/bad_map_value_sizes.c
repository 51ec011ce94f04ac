/* Does libbpf refuse this map? Two sizes of the value. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(value, __u32);
	__uint(value_size, 8);
} m SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
