/* T7: another weak body: in static linking the first weak one wins. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

__weak int policy(struct xdp_md *ctx)
{
	return 3;
}
