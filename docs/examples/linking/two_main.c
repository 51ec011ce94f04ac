/* Two providers, one with state: the second is bound after the owner of the first was closed. Returns the number of the call plus 15. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>
int count(__u32 kind);
int bar(int *array, bpf_size_t size);
SEC("xdp")
int two_main(struct xdp_md *ctx)
{
	int ar[5] = {1, 2, 3, 4, 5};
	return count(1) + bar(ar, 5);
}
char _license[] SEC("license") = "GPL";
