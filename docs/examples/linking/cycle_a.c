/* S8: a cycle of objects that is none of calls: a_first (here) → b_first (there) → a_last (here). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int b_first(int var);

int a_first(int var)
{
	return b_first(var) + 1;
}

int a_last(int var)
{
	return var * 10;
}
