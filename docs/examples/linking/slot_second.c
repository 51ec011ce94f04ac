/* D: one with state. Returns the number of the call: 1, 2, 3... */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} slot_calls SEC(".maps");

int second(struct xdp_md *ctx)
{
	__u32 zero = 0, *calls = bpf_map_lookup_elem(&slot_calls, &zero);

	if (!calls)
		return 0;
	return ++*calls;
}
