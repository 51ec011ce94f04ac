/* What can things be called? Words of other languages, members that every JavaScript object has, sections that differ in a dot only, a
 * struct named as the object is, maps and variables named as a skeleton's own members are.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

struct odd_names {
	__u32 constructor;
	__u32 class;
	__u8 toString[4];
};

enum libbpf {
	BPF_MAP,
	DataView = 5,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, enum libbpf);
	__type(value, struct odd_names);
} constructor SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 3);
} __proto__ SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} rodata SEC(".maps");

struct {
	__uint(type, MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
	__ulong(map_extra, 0x1ull << 44);
} load SEC(".maps");

int __attribute__((address_space(1))) object = 3;

int delete = 1;
int toString = 2;
__u64 function;
const volatile __u32 await = 4;
int one SEC(".data.a.b") = 5;
int two SEC(".data.a_b") = 6;
enum libbpf in SEC(".data.maps") = DataView;
struct odd_names links SEC(".data.destroy") = {7, 8, "nine"};

SEC("syscall")
int valueOf(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&rodata, &key);

	if (value)
		*value += function;
	bpf_map_update_elem(&constructor, &in, &links, BPF_ANY);
	bpf_map_lookup_elem(&__proto__, &key);
	object++;
	function++;
	return object + delete + toString + await + one + two;
}

char _license[] SEC("license") = "GPL";
