/* T8, rejected while nobody provides maybe: calls it without asking. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

extern int maybe(int var) __weak;

int maybe_unguarded(struct xdp_md *ctx)
{
	return maybe(5);
}
