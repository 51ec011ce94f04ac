/* Rejected: a return value that the hook does not know. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup_skb/ingress")
int bad_return_range(struct __sk_buff *ctx)
{
	return 2 + (ctx->len & 1);
}

char _license[] SEC("license") = "GPL";
