/* How often do tasks switch? A raw tracepoint gets its arguments as an array of words. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} switches SEC(".maps");

SEC("raw_tracepoint/sched_switch")
int raw_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 preempted = ctx->args[0] != 0;
	__u64 *count = bpf_map_lookup_elem(&switches, &preempted);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
