/* D: what a probe calls. Returns 1. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct pt_regs;

int watch(struct pt_regs *ctx)
{
	return 1;
}
