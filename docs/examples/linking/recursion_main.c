/* S8, refused: reaches the cycle of calls without being part of it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int is_even(unsigned int n);

int recursion_main(struct xdp_md *ctx)
{
	return is_even(4);
}
