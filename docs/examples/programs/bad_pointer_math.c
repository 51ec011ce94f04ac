/* Rejected: a pointer is multiplied. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_pointer_math(struct xdp_md *ctx)
{
	long at = (long)ctx;

	asm volatile("%0 *= 2" : "+r"(at));
	return *(int *)at;
}

char _license[] SEC("license") = "GPL";
