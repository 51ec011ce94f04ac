/* What may stand in a map before a program runs? Inner maps by definition alone, inner maps by name in chosen slots, programs in a
 * program array, a gap between slots.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct inner_map third SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct inner_map);
} by_name SEC(".maps") = {
	.values = {[1] = &second, [4] = &first, [7] = &third},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 16);
		__uint(key_size, 2);
		__uint(value_size, 3);
	});
} inline_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} without_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} rings SEC(".maps");

SEC("socket")
int leaf_a(struct __sk_buff *ctx)
{
	return 1;
}

SEC("socket")
int leaf_b(struct __sk_buff *ctx)
{
	return 2;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 6);
	__uint(key_size, 4);
	__array(values, int (struct __sk_buff *));
} progs SEC(".maps") = {
	.values = {[5] = (void *)&leaf_a, [2] = (void *)&leaf_b},
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} plain_progs SEC(".maps");

SEC("socket")
int map_values(struct __sk_buff *ctx)
{
	__u32 one = 1;

	bpf_map_lookup_elem(&by_name, &one);
	bpf_tail_call(ctx, &progs, 2);
	return 0;
}

char _license[] SEC("license") = "GPL";
