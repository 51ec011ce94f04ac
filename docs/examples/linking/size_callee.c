/* S9: what a function may do with (T *array, bpf_size_t size), each verified on its own. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

#define MAX_SIZE 16

/* Reads and writes inside the bound. */
int size_double(int *array, bpf_size_t size)
{
	if (!array)
		return 0;
	for (bpf_size_t i = 0; i < MAX_SIZE; i++) {
		if (i >= size)
			break;
		array[i] *= 2;
		barrier_var(i);
	}
	return 0;
}

/* One element, behind one comparison. */
int size_third(long *array, bpf_size_t size)
{
	if (!array || size < 3)
		return -1;
	return array[2];
}

/* Two buffers with a size each. */
int size_copy(char *to, bpf_size_t to_size, const char *from, bpf_size_t from_size)
{
	int copied = 0;

	if (!to || !from)
		return 0;
	for (bpf_size_t i = 0; i < MAX_SIZE; i++) {
		if (i >= to_size || i >= from_size)
			break;
		to[i] = from[i];
		copied++;
		barrier_var(i);
	}
	return copied;
}

/* Elements that are structs. */
struct point {
	int x, y, z;
};

int size_points(struct point *points, bpf_size_t size)
{
	int sum = 0;

	if (!points)
		return 0;
	for (bpf_size_t i = 0; i < MAX_SIZE; i++) {
		if (i >= size)
			break;
		sum += points[i].z;
		barrier_var(i);
	}
	return sum;
}
