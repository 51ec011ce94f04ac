/* S8: uses the cycle of objects. Returns (4 + 2) * 10 + 1 = 61. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int a_first(int var);

int cycle_main(struct xdp_md *ctx)
{
	return a_first(4);
}
