/* The program of LINKING.md §1 to the letter: nobody fills the array, so its sum is whatever the stack held. */
#include <linux/bpf.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);
int bar(int *array, bpf_size_t size);

int main_prog(struct xdp_md *ctx)
{
	int ar[5], ret;

	ret = foo(ctx, 1) + bar(ar, 5);
	return ret;
}
