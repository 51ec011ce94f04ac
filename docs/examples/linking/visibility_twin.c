/* T5: a static function of the same name as another object's: they do not meet. Returns 100. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

static __noinline int private_fn(int var)
{
	barrier_var(var);
	return var + 95;
}

int visibility_twin(struct xdp_md *ctx)
{
	return private_fn(5);
}
