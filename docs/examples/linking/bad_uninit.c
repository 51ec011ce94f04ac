/* S7, rejected when it is loaded: the second argument's register was never written. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);

int bad_uninit(struct xdp_md *ctx)
{
	int never_set;

	return foo(ctx, never_set);
}
