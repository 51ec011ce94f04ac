/* Passes a struct by pointer. Returns 10. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct quad {
	int v[4];
};

int quad_sum(struct quad *quad);

int quad_main(struct xdp_md *ctx)
{
	struct quad quad = {{1, 2, 3, 4}};

	return quad_sum(&quad);
}
