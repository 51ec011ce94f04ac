/* D: two calls that take the context only, neither in tail position. Returns 10 * first(ctx) + second(ctx), and 77 when first says 5. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int first(struct xdp_md *ctx);
int second(struct xdp_md *ctx);

SEC("xdp")
int slot_main(struct xdp_md *ctx)
{
	int one = first(ctx);

	if (one == 5)
		return 77;
	return 10 * one + second(ctx);
}

char _license[] SEC("license") = "GPL";
