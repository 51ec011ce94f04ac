/* S7, rejected when it is loaded: the context, but not its beginning. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);

int bad_ctx_offset(struct xdp_md *ctx)
{
	return foo((void *)ctx + 8, 1);
}
