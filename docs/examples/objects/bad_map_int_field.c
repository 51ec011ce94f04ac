/* Does libbpf refuse this map? A number that is no pointer to an array. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	int type;
	__type(key, __u32);
} m SEC(".maps") = {1};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
