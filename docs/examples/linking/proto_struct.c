/* T9, refused: a larger struct of the same name. Linux lets this pass. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct shape {
	int width, height, depth;
};

int p_struct(struct shape *shape);

int proto_struct(struct xdp_md *ctx)
{
	struct shape shape = {1, 2, 3};

	return p_struct(&shape);
}
