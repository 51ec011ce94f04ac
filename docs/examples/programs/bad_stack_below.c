/* Rejected: more than 512 bytes of stack. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_stack_below(struct xdp_md *ctx)
{
	char byte = 0, *at = &byte;

	barrier_var(at);
	at[-600] = 1;
	return at[-600];
}

char _license[] SEC("license") = "GPL";
