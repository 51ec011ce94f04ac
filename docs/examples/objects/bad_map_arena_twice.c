/* Does libbpf refuse this map? Two arenas. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

struct {
	__uint(type, MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
} one SEC(".maps"), two SEC(".maps");

int __attribute__((address_space(1))) in_arena = 5;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
