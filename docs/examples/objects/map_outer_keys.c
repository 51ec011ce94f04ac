/* Keys of maps of maps need not have 4 bytes: services by number, addresses by a struct. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct backends {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 251);
	__type(key, __u32);
	__type(value, __u32);
};

struct address {
	__u32 net[4];
	__u16 port;
	__u16 proto;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 64);
	__type(key, __u16);
	__type(value, __u32);
	__array(values, struct backends);
} by_number SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 64);
	__uint(key_size, sizeof(struct address));
	__uint(value_size, sizeof(__u32));
	__array(values, struct backends);
} by_address SEC(".maps");

SEC("xdp")
int map_outer_keys(struct xdp_md *ctx)
{
	struct address address = { .port = ctx->rx_queue_index };
	__u16 number = ctx->ingress_ifindex;
	__u32 slot = 7;
	__u32 *backend;
	void *inner;

	inner = bpf_map_lookup_elem(&by_number, &number);
	if (!inner)
		inner = bpf_map_lookup_elem(&by_address, &address);
	if (!inner)
		return XDP_DROP;
	backend = bpf_map_lookup_elem(inner, &slot);
	return backend && *backend ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
