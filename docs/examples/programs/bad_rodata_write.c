/* Rejected: a constant is written. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile int constant = 3;

SEC("xdp")
int bad_rodata_write(struct xdp_md *ctx)
{
	int *at = (int *)&constant;

	barrier_var(at);
	*at = 4;
	return constant;
}

char _license[] SEC("license") = "GPL";
