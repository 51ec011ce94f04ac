/* T10: a deep2 that calls nobody: deep_main → deep1 → deep2 fits. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int deep2(int var)
{
	return var + 1;
}
