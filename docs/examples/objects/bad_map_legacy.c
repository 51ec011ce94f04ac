/* Does libbpf refuse this map? Definitions of the old kind. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def m SEC("maps") = {BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
