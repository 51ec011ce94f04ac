/* T9, refused: another enum. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

enum paint { RED, GREEN = 5 };

int p_enum(enum paint colour);

int proto_enum(struct xdp_md *ctx)
{
	return p_enum(RED);
}
