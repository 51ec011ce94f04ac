/* Rejected: the last instruction is neither an exit nor a jump. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
__attribute__((naked)) int bad_exit_missing(struct xdp_md *ctx)
{
	asm volatile("r0 = 0");
}

char _license[] SEC("license") = "GPL";
