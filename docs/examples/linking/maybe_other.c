/* T8: two weak externs, of which one may be there. Returns 10 * maybe(1) + perhaps(1), each 0 when absent. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

extern int maybe(int var) __weak;
extern int perhaps(int var) __weak;

int maybe_other(struct xdp_md *ctx)
{
	int ret = 0;

	if (maybe)
		ret = 10 * maybe(1);
	if (perhaps)
		ret += perhaps(1);
	return ret;
}
