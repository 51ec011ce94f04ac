/* T6, refused without scope or aliases: a second strong provider of policy. Returns 4. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int policy(struct xdp_md *ctx)
{
	return 4;
}
