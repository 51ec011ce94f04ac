/* Does libbpf refuse this map? A definition that is a number. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int m SEC(".maps") = 1;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
