/* Does libbpf refuse this map? A version of eight bytes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

unsigned long long _version SEC("version") = 1;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
