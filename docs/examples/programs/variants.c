/* What does each version of the instruction set add? Compiled for v1 to v4, without optimisation's help, and without BTF.
 * Returns 1 + 2 + 4 + 8 + 16 + 32 where everything is right.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

volatile __s32 minus = -7;
volatile __s64 wide = -70000000000;
volatile __u32 swap = 0x01020304;
volatile __s8 small = -1;
volatile __s16 medium = -2;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

SEC("xdp")
int variants(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *hit = bpf_map_lookup_elem(&hits, &zero);
	int right = 0;

	if (minus < 0 && minus > -8)
		right += 1;
#if __BPF_CPU_VERSION__ >= 4
	if (minus / 2 == -3 && wide / 7 == -10000000000 && minus % 4 == -3)
		right += 2;
#else
	right += 2;
#endif
	if (small + medium == -3)
		right += 4;
	if (__builtin_bswap32(swap) == 0x04030201)
		right += 8;
	if ((__s64)minus * wide == 490000000000)
		right += 16;
	if (hit) {
		__sync_fetch_and_add(hit, 1);
		if (*hit)
			right += 32;
	}
	return right;
}

char _license[] SEC("license") = "GPL";
