/* T6: needs a policy, has none. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int policy(struct xdp_md *ctx);

int policy_main(struct xdp_md *ctx)
{
	return policy(ctx);
}
