/* S1: a library with state of its own: it counts how often it was called. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

int total;

/* Returns how often `kind` was counted, this time included. */
int count(__u32 kind)
{
	__u64 *value = bpf_map_lookup_elem(&calls, &kind);

	total++;
	if (!value)
		return -1;
	*value += 1;
	return *value;
}
