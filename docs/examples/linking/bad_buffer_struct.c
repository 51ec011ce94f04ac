/* S7, rejected when it is loaded: four bytes of stack where quad_sum wants 16. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct quad {
	int v[4];
};

int quad_sum(struct quad *quad);

int bad_buffer_struct(struct xdp_md *ctx)
{
	int one = 1;

	return quad_sum((struct quad *)&one);
}
