/* Does libbpf refuse this map? A static program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
static int hidden_program(struct xdp_md *ctx)
{
	return 1;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
