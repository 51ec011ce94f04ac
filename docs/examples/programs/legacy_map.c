/* How were maps declared before BTF? As records in a section `maps`: no longer supported, by libbpf 1.0 neither. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def old_map SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 2,
};

SEC("xdp")
int legacy_map(struct xdp_md *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&old_map, &zero) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
