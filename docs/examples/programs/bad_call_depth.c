/* Rejected: nine frames. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline int f9(int var)
{
	barrier_var(var);
	return var + 1;
}

static __noinline int f8(int var)
{
	barrier_var(var);
	return f9(var) + 1;
}

static __noinline int f7(int var)
{
	barrier_var(var);
	return f8(var) + 1;
}

static __noinline int f6(int var)
{
	barrier_var(var);
	return f7(var) + 1;
}

static __noinline int f5(int var)
{
	barrier_var(var);
	return f6(var) + 1;
}

static __noinline int f4(int var)
{
	barrier_var(var);
	return f5(var) + 1;
}

static __noinline int f3(int var)
{
	barrier_var(var);
	return f4(var) + 1;
}

static __noinline int f2(int var)
{
	barrier_var(var);
	return f3(var) + 1;
}

static __noinline int f1(int var)
{
	barrier_var(var);
	return f2(var) + 1;
}

SEC("xdp")
int bad_call_depth(struct xdp_md *ctx)
{
	return f1(ctx->rx_queue_index);
}

char _license[] SEC("license") = "GPL";
