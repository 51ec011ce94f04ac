/* T10: five frames here, five in frames_b.c: one call chain may have eight. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int frame6(int var);

__noinline int frame5(int var)
{
	barrier_var(var);
	return frame6(var) + 1;
}

__noinline int frame4(int var)
{
	barrier_var(var);
	return frame5(var) + 1;
}

__noinline int frame3(int var)
{
	barrier_var(var);
	return frame4(var) + 1;
}

__noinline int frame2(int var)
{
	barrier_var(var);
	return frame3(var) + 1;
}

__noinline int frame1(int var)
{
	barrier_var(var);
	return frame2(var) + 1;
}
