/* S7, rejected when it is loaded: NULL where foo wants the context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);

int bad_ctx_null(struct xdp_md *ctx)
{
	return foo(0, 1);
}
