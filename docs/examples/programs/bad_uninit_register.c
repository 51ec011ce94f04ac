/* Rejected: a register is read that was never written. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_uninit_register(struct xdp_md *ctx)
{
	int ret;

	asm volatile("%0 = r7" : "=r"(ret));
	return ret;
}

char _license[] SEC("license") = "GPL";
