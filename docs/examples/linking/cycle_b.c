/* S8: the other half of cycle_a.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int a_last(int var);

int b_first(int var)
{
	return a_last(var + 2);
}
