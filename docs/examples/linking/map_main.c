/* Uses a library with state. Returns the number of the call: 1, 2, 3... */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int count(__u32 kind);

SEC("xdp")
int map_main(struct xdp_md *ctx)
{
	return count(1);
}

char _license[] SEC("license") = "GPL";
