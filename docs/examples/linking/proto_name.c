/* T9, refused: a struct of the same layout and another name. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct form {
	int width, height;
};

int p_name(struct form *form);

int proto_name(struct xdp_md *ctx)
{
	struct form form = {1, 2};

	return p_name(&form);
}
