/* T9, refused: 64 bits where p_size has 32. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int p_size(long a);

int proto_size(struct xdp_md *ctx)
{
	return p_size(1);
}
