/* S8, refused: a cycle of calls through two objects: is_even → is_odd → is_even. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int is_odd(unsigned int n);

int is_even(unsigned int n)
{
	return n == 0 ? 1 : is_odd(n - 1);
}
