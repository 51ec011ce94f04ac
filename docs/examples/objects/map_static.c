/* Maps that only their own file, or only their own object, may name: libbpf refuses the linkage, rootlet does not. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u16[5]);
} not_global SEC(".maps");

__hidden struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} hidden_sockets SEC(".maps");

SEC("xdp")
int map_static(struct xdp_md *ctx)
{
	__u32 key = 1;

	return bpf_map_lookup_elem(&not_global, &key) != 0;
}

char _license[] SEC("license") = "GPL";
