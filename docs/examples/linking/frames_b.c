/* T10: the second half of a chain of ten frames. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

__noinline int frame10(int var)
{
	barrier_var(var);
	return var + 1;
}

__noinline int frame9(int var)
{
	barrier_var(var);
	return frame10(var) + 1;
}

__noinline int frame8(int var)
{
	barrier_var(var);
	return frame9(var) + 1;
}

__noinline int frame7(int var)
{
	barrier_var(var);
	return frame8(var) + 1;
}

__noinline int frame6(int var)
{
	barrier_var(var);
	return frame7(var) + 1;
}
