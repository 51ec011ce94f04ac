/* Static linking: defines variables and a map that data_use.c declares. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int shared_counter = 40;
const volatile int shared_step = 2;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} shared_map SEC(".maps");

int step(void)
{
	shared_counter += shared_step;
	return shared_counter;
}
