/* What does a program look like that uses a library? It declares what it calls, nothing else. LINKING.md §1.
 * Returns the packet's first byte + 1 + 15.
 */
#include <linux/bpf.h>
#include <rootlet.h>

int foo(struct xdp_md *ctx, int var);
int bar(int *array, bpf_size_t size);

int main_prog(struct xdp_md *ctx)
{
	int ar[5], ret;

	for (int i = 0; i < 5; i++)
		ar[i] = i + 1;
	ret = foo(ctx, 1) + bar(ar, 5);
	return ret;
}
