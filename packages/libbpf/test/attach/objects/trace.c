/* Who was it? One program for each way to trace; each counts what the process `me` does, and keeps the cookie. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 hits;
__u64 cookie;
/* Sum of the cookies of all hits: tells which places were hit. */
__u64 cookies;
/* Process that counts; others do not. 0 is everyone. */
const volatile __u32 me;
/* What fmod_ret and LSM programs answer `me`. */
__s32 answer;

static __always_inline int is_me(void)
{
	return !me || (bpf_get_current_pid_tgid() >> 32) == me;
}

struct registers {
	unsigned long words[21];
};

#define COUNTING(section, name)                                                                                                            \
	SEC("?" section)                                                                                                                   \
	int name(void *ctx)                                                                                                                \
	{                                                                                                                                  \
		if (!is_me())                                                                                                              \
			return 0;                                                                                                          \
		cookie = bpf_get_attach_cookie(ctx);                                                                                       \
		__sync_fetch_and_add(&cookies, cookie);                                                                                    \
		__sync_fetch_and_add(&hits, 1);                                                                                            \
		return 0;                                                                                                                  \
	}

/* Kernels before 6.10 have no cookie for these. */
#define PLAIN(section, name)                                                                                                               \
	SEC("?" section)                                                                                                                   \
	int name(void *ctx)                                                                                                                \
	{                                                                                                                                  \
		if (is_me())                                                                                                               \
			__sync_fetch_and_add(&hits, 1);                                                                                    \
		return 0;                                                                                                                  \
	}

COUNTING("kprobe", kprobe)
COUNTING("kretprobe", kretprobe)
COUNTING("kprobe/__x64_sys_getpgid", kprobe_auto)
COUNTING("ksyscall/getpgid", ksyscall)
COUNTING("kretsyscall/getpgid", kretsyscall)
COUNTING("kprobe.multi/__x64_sys_?etpgid", kprobe_multi)
COUNTING("kprobe.session/__x64_sys_getpgid", kprobe_session)
COUNTING("uprobe", uprobe)
COUNTING("uretprobe", uretprobe)
COUNTING("uprobe/libc.so.6:getpgid", uprobe_auto)
COUNTING("uprobe.multi", uprobe_multi)
COUNTING("uprobe.session", uprobe_session)
COUNTING("tracepoint/syscalls/sys_enter_getpgid", tracepoint)
PLAIN("raw_tracepoint/sys_enter", raw_tracepoint)
COUNTING("perf_event", perf_event)
/* Of the tracing programs only trampolines have cookies in older kernels. */
PLAIN("tp_btf/sys_enter", tp_btf)
COUNTING("fentry/__x64_sys_getpgid", fentry)
COUNTING("fexit/__x64_sys_getpgid", fexit)

SEC("?fmod_ret/security_task_getpgid")
int fmod_ret(void *ctx)
{
	if (!is_me())
		return 0;
	__sync_fetch_and_add(&hits, 1);
	return answer;
}

SEC("?lsm/task_getpgid")
int lsm(void *ctx)
{
	if (!is_me())
		return 0;
	__sync_fetch_and_add(&hits, 1);
	return answer < 0 && answer > -200 ? answer : 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

static long (*seq_printf)(struct seq_file *m, const char *fmt, __u32 fmt_size, const void *data, __u32 data_len) = (void *)126;

SEC("?iter/bpf_map_elem")
int elements(struct bpf_iter__bpf_map_elem *ctx)
{
	static const char format[] = "%u=%lu\n";
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	__u64 words[2];

	if (!key || !value)
		return 0;
	words[0] = *key;
	words[1] = *value;
	seq_printf(ctx->meta->seq, format, sizeof(format), words, sizeof(words));
	return 0;
}

char _license[] SEC("license") = "GPL";
