/* A library function that takes a struct by pointer: its buffer is exactly one struct. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct quad {
	int v[4];
};

int quad_sum(struct quad *quad)
{
	if (!quad)
		return 0;
	return quad->v[0] + quad->v[1] + quad->v[2] + quad->v[3];
}
