/* S9, rejected: the size counts elements of four bytes, the access is compared in elements but reads eight bytes at the last. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int size_wide(int *array, bpf_size_t size)
{
	if (!array || size < 1)
		return 0;
	return *(long *)array;
}
