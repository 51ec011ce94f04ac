/* S9, rejected: the first element without a comparison. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int size_unproved(int *array, bpf_size_t size)
{
	if (!array)
		return 0;
	return array[0];
}
