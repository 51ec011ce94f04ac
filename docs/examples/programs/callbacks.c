/* Which functions does a helper call back? bpf_loop with a stack context, and bpf_for_each_map_elem.
 * Returns 0 + 1 + ... + 9 + the sum of the map's four values.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

struct total {
	__u64 sum;
	__u32 calls;
};

static int add_index(__u32 index, struct total *total)
{
	total->sum += index;
	total->calls++;
	return index == 9;
}

static int add_value(void *map, __u32 *key, __u64 *value, struct total *total)
{
	*value += *key;
	total->sum += *value;
	return 0;
}

SEC("xdp")
int callbacks(struct xdp_md *ctx)
{
	struct total total = {};

	bpf_loop(100, add_index, &total, 0);
	bpf_for_each_map_elem(&values, add_value, &total, 0);
	return total.sum;
}

char _license[] SEC("license") = "GPL";
