/* How does one map hold another? An array of maps with an inner one filled from C, a hash of maps, a queue, a stack, a trie.
 * Returns what was found in the inner array (7 after user space put it there, else 0) plus 1 for the stack's and 2 for the queue's value.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = {&inner},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct inner);
} outer_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u32);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4);
	__type(value, __u32);
} stack SEC(".maps");

struct prefix {
	__u32 bits;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} routes SEC(".maps");

SEC("xdp")
int maps_of_maps(struct xdp_md *ctx)
{
	__u32 zero = 0, one = 1, two = 2, got = 0;
	struct prefix host = {.bits = 32, .address = {10, 0, 0, 1}};
	void *map = bpf_map_lookup_elem(&outer, &zero);
	__u32 *value, *route;
	int sum = 0;

	if (map) {
		value = bpf_map_lookup_elem(map, &zero);
		if (value)
			sum += *value;
	}
	map = bpf_map_lookup_elem(&outer_hash, &one);
	if (map)
		bpf_map_update_elem(map, &zero, &one, BPF_ANY);
	if (!bpf_map_push_elem(&stack, &one, BPF_ANY) && !bpf_map_pop_elem(&stack, &got))
		sum += got;
	if (!bpf_map_push_elem(&queue, &two, BPF_EXIST) && !bpf_map_pop_elem(&queue, &got))
		sum += got;
	route = bpf_map_lookup_elem(&routes, &host);
	return route ? *route : sum;
}

char _license[] SEC("license") = "GPL";
