/* Which functions are verified where? A static one with its caller, a global one alone by its prototype.
 * Returns (0 + 3) * 2 + 1 + 12 = 19 on receive queue 0.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct range {
	int from, to;
};

static __noinline int add_three(int var)
{
	barrier_var(var);
	return var + 3;
}

/* Static: its argument may be any pointer the caller has. */
static __noinline int first_of(int *where)
{
	barrier_var(where);
	return *where;
}

/* Global: by its prototype, range is NULL or points to 8 bytes. */
__noinline int width(struct range *range)
{
	if (!range)
		return 0;
	return range->to - range->from;
}

/* Global, called by a global function. */
__noinline int twice(struct xdp_md *ctx, int var)
{
	barrier_var(var);
	return var * 2 + (ctx->rx_queue_index == 0);
}

SEC("xdp")
int subprograms(struct xdp_md *ctx)
{
	struct range range = {.from = 30, .to = 42};
	int queue = ctx->rx_queue_index;

	return twice(ctx, add_three(first_of(&queue))) + width(&range);
}

char _license[] SEC("license") = "GPL";
