/* How do variables come to live in an arena? Section .addr_space.1, an arena map, and ordinary data beside them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100);
	__ulong(map_extra, 0x1ull << 44);
} arena SEC(".maps");

int __arena in_arena = 5;
__u64 __arena many_in_arena[10];
int outside = 6;

SEC("syscall")
int arena_program(void *ctx)
{
	in_arena++;
	many_in_arena[2] += outside;
	return in_arena;
}

char _license[] SEC("license") = "GPL";
