/* What does a log say of a map that was not created, a function that the kernel does not have, a member that its types do not have? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} created SEC(".maps"), left_out SEC(".maps");

struct task_struct {
	int no_such_member;
} __attribute__((preserve_access_index));

extern void no_such_function(int argument) __ksym __weak;

SEC("?syscall")
int map_is_missing(void *ctx)
{
	__u32 key = 0;
	__u32 *value;

	bpf_map_lookup_elem(&created, &key);
	value = bpf_map_lookup_elem(&left_out, &key);
	return value ? *value : 0;
}

SEC("?syscall")
int function_is_missing(void *ctx)
{
	no_such_function(3);
	return 0;
}

static __noinline int read_member(void *pointer)
{
	struct task_struct *task = pointer;
	int value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), &task->no_such_member);
	return value;
}

SEC("?syscall")
int member_is_missing(void *ctx)
{
	return read_member((void *)bpf_get_current_task());
}

char _license[] SEC("license") = "GPL";
