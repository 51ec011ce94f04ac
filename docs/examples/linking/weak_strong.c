/* T7: the strong body. Returns 2. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int policy(struct xdp_md *ctx)
{
	return 2;
}
