/* T6: needs other_policy, which an alias can make policy. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int other_policy(struct xdp_md *ctx);

int alias_main(struct xdp_md *ctx)
{
	return other_policy(ctx);
}
