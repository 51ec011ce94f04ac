/* T5: asks for a name that is only somebody's static function: not found. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int private_fn(int var);

int visibility_private(struct xdp_md *ctx)
{
	return private_fn(5);
}
