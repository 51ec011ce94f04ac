/* How often does each CPU run? A per-CPU array, and a per-CPU hash by receive queue. Returns XDP_PASS. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} runs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} queues SEC(".maps");

SEC("xdp")
int xdp_percpu(struct xdp_md *ctx)
{
	__u32 slot = bpf_get_smp_processor_id() & 1, queue = ctx->rx_queue_index, one = 1;
	__u64 *run = bpf_map_lookup_elem(&runs, &slot);
	__u32 *seen = bpf_map_lookup_elem(&queues, &queue);

	if (run)
		*run += 1;
	if (seen)
		*seen += 1;
	else
		bpf_map_update_elem(&queues, &queue, &one, BPF_ANY);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
