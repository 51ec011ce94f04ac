/* T9, refused: one argument more than p_count has. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int p_count(int a, int b);

int proto_count(struct xdp_md *ctx)
{
	return p_count(1, 2);
}
