/* T5: private_fn is nobody else's business, hidden_fn may be linked statically only, public_fn is for everybody. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

static __noinline int private_fn(int var)
{
	barrier_var(var);
	return var + 1;
}

__noinline __hidden int hidden_fn(int var)
{
	return private_fn(var) * 2;
}

int public_fn(int var)
{
	return hidden_fn(var) + private_fn(var);
}
