/* T5: uses the hidden function: bound statically (returns 12), not found dynamically. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int hidden_fn(int var);

int visibility_hidden(struct xdp_md *ctx)
{
	return hidden_fn(5);
}
