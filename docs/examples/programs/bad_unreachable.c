/* Rejected: an instruction that nothing reaches. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
__attribute__((naked)) int bad_unreachable(struct xdp_md *ctx)
{
	asm volatile("r0 = 0; exit; r0 = 1; exit");
}

char _license[] SEC("license") = "GPL";
