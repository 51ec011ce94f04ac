/* S8, refused: the other half of recursion_a.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int is_even(unsigned int n);

int is_odd(unsigned int n)
{
	return n == 0 ? 0 : is_even(n - 1);
}
