/* T5: uses the public function. Returns (5 + 1) * 2 + (5 + 1) = 18. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int public_fn(int var);

int visibility_public(struct xdp_md *ctx)
{
	return public_fn(5);
}
