/* Does a section that a newer compiler writes stand in the way? .jumptables holds places in programs, and is no data. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__asm__(".section .jumptables,\"\",@progbits\n.quad 0\n.quad 8\n.text");

SEC("xdp")
int jumptables(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
