/* T8: asks whether maybe exists before it calls it. Returns 0, or maybe(5). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

extern int maybe(int var) __weak;

int maybe_guarded(struct xdp_md *ctx)
{
	if (maybe)
		return maybe(5);
	return 0;
}
