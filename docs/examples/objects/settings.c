/* What may be set before an object is loaded? Variables of many types, arrays that may grow, and maps that need not be there. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

enum mode {
	MODE_OFF,
	MODE_ON = 7,
};

struct limits {
	__u32 low;
	__s64 high;
	enum mode mode;
	__u8 flags : 3;
	char name[8];
};

const volatile __u32 answer = 41;
const volatile bool verbose;
const volatile struct limits limits = {.low = 1, .high = -2, .name = "first"};
__s32 offset = -5;
enum mode mode = MODE_ON;
__u64 calls;
__u64 table[4] SEC(".data.table") = {1, 2, 3, 4};
int before_last SEC(".data.plain") = 6;
__u16 small[3] SEC(".bss.small");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} optional SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} shared SEC(".maps");

SEC("xdp")
int settings(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&shared, &key);
	__u64 *last = &table[3];

	calls++;
	if (value)
		*value += 1;
	if (verbose)
		bpf_map_update_elem(&optional, &key, &calls, BPF_ANY);
	return answer + offset + mode + limits.low + (int)limits.high + (int)*last + before_last + small[1];
}

char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = 0x50f00;
