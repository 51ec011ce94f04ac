/* Rejected: a callback that is not a static function. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__noinline int global_callback(__u32 index, void *context)
{
	return index > 2;
}

SEC("xdp")
int bad_callback_static(struct xdp_md *ctx)
{
	return bpf_loop(4, global_callback, 0, 0);
}

char _license[] SEC("license") = "GPL";
