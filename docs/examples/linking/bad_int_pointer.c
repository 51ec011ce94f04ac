/* S7, rejected when it is loaded: a pointer where foo wants a number. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);

int bad_int_pointer(struct xdp_md *ctx)
{
	int local = 1;
	int *where = &local;

	barrier_var(where);
	return foo(ctx, (int)(long)where);
}
