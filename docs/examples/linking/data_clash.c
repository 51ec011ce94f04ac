/* Static linking, refused: declares the map of data_def.c with another value size. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} shared_map SEC(".maps");

SEC("xdp")
int data_clash(struct xdp_md *ctx)
{
	__u32 key = 1, value = 2;

	return bpf_map_update_elem(&shared_map, &key, &value, BPF_ANY);
}

char _license[] SEC("license") = "GPL";
