/* Which functions of the kernel itself may be called? An iterator over numbers, and an optional one that no kernel has.
 * Returns 0 + 1 + ... + 9 = 45.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_iter_num {
	__u64 __opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int no_kernel_has_this(int var) __ksym __weak;

SEC("xdp")
int kfuncs(struct xdp_md *ctx)
{
	struct bpf_iter_num it;
	int *number, sum = 0;

	bpf_iter_num_new(&it, 0, 10);
	while ((number = bpf_iter_num_next(&it)))
		sum += *number;
	bpf_iter_num_destroy(&it);
	if (no_kernel_has_this)
		return no_kernel_has_this(sum);
	return sum;
}

char _license[] SEC("license") = "GPL";
