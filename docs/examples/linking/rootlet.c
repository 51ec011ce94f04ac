/* T2, T3: a rootlet. Its policy is written here, in BPF; what runs in each slot is filled in from outside.
 * An empty slot passes the packet on. The first slot that says anything else decides.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

#define EMPTY_SLOT(n)                                                          \
	__noinline int slot##n(struct xdp_md *ctx)                             \
	{                                                                      \
		volatile int ret = XDP_PASS;                                   \
                                                                               \
		if (!ctx)                                                      \
			return XDP_ABORTED;                                    \
		return ret;                                                    \
	}

EMPTY_SLOT(0)
EMPTY_SLOT(1)
EMPTY_SLOT(2)
EMPTY_SLOT(3)

SEC("xdp")
int rootlet(struct xdp_md *ctx)
{
	int ret;

	ret = slot0(ctx);
	if (ret != XDP_PASS)
		return ret;
	ret = slot1(ctx);
	if (ret != XDP_PASS)
		return ret;
	ret = slot2(ctx);
	if (ret != XDP_PASS)
		return ret;
	return slot3(ctx);
}

char _license[] SEC("license") = "GPL";
