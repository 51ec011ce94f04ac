/* S5: functions that are no programs: no argument, a second argument, a pointer that is no context, a static one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct pair {
	int first, second;
};

int no_argument(void)
{
	return 7;
}

int two_arguments(struct xdp_md *ctx, int var)
{
	return ctx->rx_queue_index + var;
}

int not_a_context(struct pair *pair)
{
	return pair ? pair->first + pair->second : 0;
}

static __noinline int static_one(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex;
}

int calls_static(struct xdp_md *ctx)
{
	return static_one(ctx);
}
