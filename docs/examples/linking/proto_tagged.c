/* T9: a pointer that is never NULL. Kernels before 6.8 do not know the tag and refuse to load this. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int p_tag(int *value __arg_nonnull)
{
	return *value;
}
