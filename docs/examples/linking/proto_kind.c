/* T9, refused: an int where p_kind has a pointer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int p_kind(int shape);

int proto_kind(struct xdp_md *ctx)
{
	return p_kind(1);
}
