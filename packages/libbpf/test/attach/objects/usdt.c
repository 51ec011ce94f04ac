/* What does a static probe say? Its arguments, as usdt.bpf.h finds them. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

__u64 hits;
__s64 args[4];
__s64 arg_count;
__s64 cookie;

SEC("?usdt")
int usdt(struct pt_regs *ctx)
{
	long value;

	__sync_fetch_and_add(&hits, 1);
	arg_count = bpf_usdt_arg_cnt(ctx);
	cookie = bpf_usdt_cookie(ctx);
	bpf_usdt_arg(ctx, 0, &value);
	args[0] = value;
	bpf_usdt_arg(ctx, 1, &value);
	args[1] = value;
	bpf_usdt_arg(ctx, 2, &value);
	args[2] = value;
	bpf_usdt_arg(ctx, 3, &value);
	args[3] = value;
	return 0;
}

char _license[] SEC("license") = "GPL";
