/* Who sleeps? A kprobe that reads its first argument's register, and a hash map by process. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct sleeper {
	__u64 argument;
	__u64 times;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct sleeper);
} sleepers SEC(".maps");

/* First argument on x86-64: register di, 14 words into the saved registers. */
struct registers {
	unsigned long words[21];
};

SEC("kprobe/do_nanosleep")
int kprobe(struct registers *ctx)
{
	__u32 process = bpf_get_current_pid_tgid() >> 32;
	struct sleeper *known = bpf_map_lookup_elem(&sleepers, &process);
	struct sleeper sleeper = {};

	if (known) {
		known->times++;
		return 0;
	}
	sleeper.argument = ctx->words[14];
	sleeper.times = 1;
	bpf_get_current_comm(sleeper.comm, sizeof(sleeper.comm));
	bpf_map_update_elem(&sleepers, &process, &sleeper, BPF_ANY);
	return 0;
}

char _license[] SEC("license") = "GPL";
