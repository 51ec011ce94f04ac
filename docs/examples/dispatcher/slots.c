/* libxdp's job: a rootlet with eight slots. Each is weak, and passes the packet on, until something that was loaded before is named for
 * it (`aliases`). They are asked in order; the first that says anything but XDP_PASS decides.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

#define SLOT(n)                                                                \
	__weak __noinline int slot##n(struct xdp_md *ctx)                      \
	{                                                                      \
		return XDP_PASS;                                               \
	}
#define ASK(n)                                                                 \
	ret = slot##n(ctx);                                                    \
	if (ret != XDP_PASS)                                                   \
		return ret;

SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)
SLOT(4)
SLOT(5)
SLOT(6)
SLOT(7)

SEC("xdp")
int slots(struct xdp_md *ctx)
{
	int ret;

	ASK(0)
	ASK(1)
	ASK(2)
	ASK(3)
	ASK(4)
	ASK(5)
	ASK(6)
	return slot7(ctx);
}

char _license[] SEC("license") = "GPL";
