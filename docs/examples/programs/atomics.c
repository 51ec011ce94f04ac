/* What may happen in one step? All atomic operations, on 32 and 64 bits. Returns how many gave what they should: 12. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 wide = 8;
__u32 narrow = 8;

SEC("xdp")
int atomics(struct xdp_md *ctx)
{
	int right = 0;

	wide = 8;
	narrow = 8;
	right += __sync_fetch_and_add(&wide, 4) == 8;
	right += __sync_fetch_and_or(&wide, 3) == 12;
	right += __sync_fetch_and_and(&wide, 9) == 15;
	right += __sync_fetch_and_xor(&wide, 1) == 9;
	right += __sync_lock_test_and_set(&wide, 1ull << 40) == 8;
	right += __sync_val_compare_and_swap(&wide, 1ull << 40, 5) == 1ull << 40;
	right += __sync_val_compare_and_swap(&wide, 1, 2) == 5;
	right += __sync_fetch_and_add(&narrow, 4) == 8;
	right += __sync_fetch_and_or(&narrow, 3) == 12;
	right += __sync_lock_test_and_set(&narrow, 0xffffffff) == 15;
	right += __sync_fetch_and_add(&narrow, 2) == 0xffffffff;
	right += __sync_val_compare_and_swap(&narrow, 1, 7) == 1;
	__sync_fetch_and_add(&wide, 1);
	__sync_fetch_and_add(&narrow, 1);
	return wide == 6 && narrow == 8 ? right : -1;
}

char _license[] SEC("license") = "GPL";
