/* How does a program find a kernel's fields? CO-RE: offsets, existence, sizes and enumerators are filled in when it is loaded. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __core __attribute__((preserve_access_index))

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *real_parent;
	char comm[16];
} __core;

struct task_struct___old {
	long state;
} __core;

struct task_struct___new {
	unsigned int __state;
} __core;

enum bpf_map_type___some {
	BPF_MAP_TYPE_RINGBUF___some = 1,
};

struct seen {
	int parent;
	unsigned int state_size;
	int has_new_state;
	int has_old_state;
	unsigned int task_size;
	unsigned int ringbuf;
};

struct seen seen;

SEC("raw_tracepoint/sys_enter")
int core(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent;
	struct task_struct___old *old = (void *)task;
	struct task_struct___new *new = (void *)task;

	bpf_probe_read_kernel(&parent, sizeof(parent), __builtin_preserve_access_index(&task->real_parent));
	bpf_probe_read_kernel(&seen.parent, sizeof(seen.parent), __builtin_preserve_access_index(&parent->tgid));
	seen.has_old_state = __builtin_preserve_field_info(old->state, 2);
	seen.has_new_state = __builtin_preserve_field_info(new->__state, 2);
	seen.state_size = __builtin_preserve_field_info(new->__state, 1);
	seen.task_size = __builtin_preserve_type_info(*(struct task_struct *)0, 1);
	seen.ringbuf = __builtin_preserve_enum_value(*(typeof(enum bpf_map_type___some) *)BPF_MAP_TYPE_RINGBUF___some, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
