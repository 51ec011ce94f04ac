/* Static linking: declares variables and a map that data_def.c defines. Returns 42 + 42 + 2 the first time. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

extern int shared_counter;
extern const volatile int shared_step;

extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} shared_map SEC(".maps");

int step(void);

SEC("xdp")
int data_use(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u64 value = step();

	bpf_map_update_elem(&shared_map, &key, &value, BPF_ANY);
	return value + shared_counter + shared_step;
}

char _license[] SEC("license") = "GPL";
