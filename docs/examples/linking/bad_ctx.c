/* S7, rejected when it is loaded: a pointer to the stack where foo wants the context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);

int bad_ctx(struct xdp_md *ctx)
{
	struct xdp_md fake = {};

	return foo(&fake, 1);
}
