/* S9, rejected: i <= size reads one element past the end. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

#define MAX_SIZE 16

int size_off_by_one(int *array, bpf_size_t size)
{
	int sum = 0;

	if (!array)
		return 0;
	for (bpf_size_t i = 0; i < MAX_SIZE; i++) {
		if (i > size)
			break;
		sum += array[i];
		barrier_var(i);
	}
	return sum;
}
