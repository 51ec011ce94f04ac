/* Does libbpf refuse this map? Variables of an arena, and no arena. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int __attribute__((address_space(1))) in_arena = 5;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
