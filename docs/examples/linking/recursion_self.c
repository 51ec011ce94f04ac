/* S8, refused: a function that calls itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

__noinline int down(unsigned int n)
{
	barrier_var(n);
	if (n == 0)
		return 0;
	n = down(n - 1);
	barrier_var(n);
	return n;
}

int recursion_self(struct xdp_md *ctx)
{
	return down(4);
}
