/* Which files are opened? A tracepoint's record has a layout of its own; the name is read from user memory. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sys_enter_openat {
	__u64 common;
	long number;
	long dfd;
	const char *filename;
	long flags;
	long mode;
};

struct opened {
	__u32 process;
	int length;
	char name[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} opened SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int tracepoint(struct sys_enter_openat *ctx)
{
	struct opened *record = bpf_ringbuf_reserve(&opened, sizeof(*record), 0);

	if (!record)
		return 0;
	record->process = bpf_get_current_pid_tgid() >> 32;
	record->length = bpf_probe_read_user_str(record->name, sizeof(record->name), ctx->filename);
	if (record->length < 0)
		bpf_ringbuf_discard(record, 0);
	else
		bpf_ringbuf_submit(record, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
