/* What is there in the kernel now? Iterators that the kernel runs, iterators in loops, packets through dynptrs, work that comes later. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <kernel.h>

struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
struct bpf_iter__bpf_map_elem { struct bpf_iter_meta *meta; void *map, *key, *value; } __attribute__((preserve_access_index));
struct bpf_iter__tcp { struct bpf_iter_meta *meta; struct sock_common *sk_common; unsigned uid; } __attribute__((preserve_access_index));

struct job { __u64 runs, last; struct bpf_timer timer; struct bpf_wq work; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, struct job);
} jobs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1 << 16);
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct { __u64 wakeups; __u32 last_cpu; __u32 flags; });
} tasks SEC(".maps");

__u64 total, threads, mapped;

SEC("iter/task")
int each_task(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	static const char head[] = "  pid  tgid comm\n", line[] = "%5d %5d %s\n";
	__u64 args[3];

	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0)
		bpf_seq_printf(seq, head, sizeof(head), 0, 0);
	args[0] = task->pid;
	args[1] = task->tgid;
	args[2] = (long)task->comm;
	bpf_seq_printf(seq, line, sizeof(line), args, sizeof(args));
	return 0;
}

SEC("iter/bpf_map_elem")
int each_elem(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;

	if (!key || !value)
		return 0;
	total += *value;
	*value = 0;
	return 0;
}

SEC("iter/tcp")
int each_socket(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	struct { __u32 from, to; __u16 port, state; } out;

	if (!sk || sk->skc_family != 2)
		return 0;
	out.from = sk->skc_rcv_saddr;
	out.to = sk->skc_daddr;
	out.port = sk->skc_num;
	out.state = sk->skc_state;
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

SEC("iter.s/task")
int threads_of(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *thread;
	struct bpf_iter_task it;

	if (!task)
		return 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, task, 1);
	while ((thread = bpf_iter_task_next(&it))) {
		if (thread->pid == task->pid)
			continue;
		threads++;
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("raw_tp/sys_enter")
int areas(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct vm_area_struct *vma;
	struct bpf_iter_task_vma it;
	int rounds = 0;

	bpf_iter_task_vma_new(&it, task, 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		if (rounds++ > 100)
			break;
		mapped += vma->vm_end - vma->vm_start;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

SEC("syscall")
int groups(void *ctx)
{
	struct cgroup *top = bpf_cgroup_from_id(1);
	struct cgroup_subsys_state *css;
	struct bpf_iter_css it;

	if (!top)
		return 1;
	bpf_rcu_read_lock();
	bpf_iter_css_new(&it, &top->self, 2);
	while ((css = bpf_iter_css_next(&it))) {
		struct cgroup *group = css->cgroup;

		total += group->level;
	}
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	bpf_cgroup_release(top);
	return 0;
}

SEC("tc")
int bits(struct __sk_buff *skb)
{
	__u64 words[4] = { skb->len, skb->mark, skb->hash, skb->priority };
	struct bpf_iter_bits it;
	int *bit, sum = 0;

	bpf_iter_bits_new(&it, words, 4);
	while ((bit = bpf_iter_bits_next(&it)))
		sum += *bit;
	bpf_iter_bits_destroy(&it);
	return sum > 300;
}

/* Headers of the packet, wherever they are. */
SEC("tc")
int headers(struct __sk_buff *skb)
{
	struct bpf_dynptr packet, rest;
	struct ethhdr eth_space, *eth;
	struct ipv6hdr space, *ip;
	struct tcphdr tcp_space, *tcp;
	__u32 size;

	if (bpf_dynptr_from_skb(skb, 0, &packet))
		return 0;
	eth = bpf_dynptr_slice(&packet, 0, &eth_space, sizeof(eth_space));
	if (!eth)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		ip = bpf_dynptr_slice_rdwr(&packet, sizeof(*eth), &space, sizeof(space));
		if (!ip)
			return 2;
		ip->hop_limit = 64;
		if (ip == &space)
			bpf_dynptr_write(&packet, sizeof(*eth), &space, sizeof(space), 0);
		return 0;
	}
	if (bpf_dynptr_clone(&packet, &rest) || bpf_dynptr_adjust(&rest, 34, bpf_dynptr_size(&packet)))
		return 0;
	tcp = bpf_dynptr_slice(&rest, 0, &tcp_space, sizeof(tcp_space));
	if (!tcp)
		return 0;
	size = bpf_dynptr_size(&rest);
	return tcp->dest == bpf_htons(80) && size > 1000 ? 2 : 0;
}

SEC("xdp")
int log_packet(struct xdp_md *ctx)
{
	struct bpf_dynptr packet, record;
	__u8 head[64];
	__u32 size;

	bpf_dynptr_from_xdp(ctx, 0, &packet);
	size = bpf_dynptr_size(&packet);
	if (size > 64)
		size = 64;
	if (bpf_ringbuf_reserve_dynptr(&events, size + 8, 0, &record)) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		return XDP_PASS;
	}
	if (size && bpf_dynptr_read(head, size, &packet, 0, 0) == 0)
		bpf_dynptr_write(&record, 8, head, size, 0);
	bpf_ringbuf_submit_dynptr(&record, 0);
	return XDP_PASS;
}

static int later(void *map, int *key, struct job *job)
{
	job->runs++;
	job->last = bpf_ktime_get_ns();
	if (*key < 4)
		bpf_timer_start(&job->timer, 1000000, 0);
	return 0;
}

static int sleeps(void *map, int *key, void *value)
{
	struct job *job = value;
	char text[16];

	bpf_copy_from_user(text, sizeof(text), (void *)job->last);
	job->runs += text[0];
	return 0;
}

SEC("tc")
int schedule(struct __sk_buff *skb)
{
	int key = skb->mark & 7;
	struct job *job = bpf_map_lookup_elem(&jobs, &key);

	if (!job)
		return 0;
	if (bpf_timer_init(&job->timer, &jobs, 1) == 0)
		bpf_timer_set_callback(&job->timer, later);
	bpf_timer_start(&job->timer, 1000, 0);
	if (bpf_wq_init(&job->work, &jobs, 0) == 0) {
		bpf_wq_set_callback_impl(&job->work, sleeps, 0, 0);
		bpf_wq_start(&job->work, 0);
	}
	return 0;
}

static long command(struct bpf_dynptr *dynptr, void *context)
{
	struct { __u32 op, arg; } *c = bpf_dynptr_data(dynptr, 0, 8);
	struct { __u64 sum; __u32 seen; } *all = context;

	if (!c)
		return 1;
	all->seen++;
	switch (c->op) {
	case 0: all->sum += c->arg; return 0;
	case 1: all->sum = 0; return 0;
	}
	return 1;
}

SEC("syscall")
int drain(void *ctx)
{
	struct { __u64 sum; __u32 seen; } all = {};
	long n = bpf_user_ringbuf_drain(&commands, command, &all, 0);

	if (n < 0)
		return n;
	total += all.sum;
	return all.seen;
}

SEC("tp_btf/sched_wakeup")
int woken(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0], *parent = task->real_parent;
	typeof(*tasks.value) *mine = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE), *theirs;

	if (!mine)
		return 0;
	mine->wakeups++;
	mine->last_cpu = bpf_get_smp_processor_id();
	theirs = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	if (theirs)
		theirs->flags |= parent->flags & 0x200000 ? 1 : 2;
	return 0;
}

char _license[] SEC("license") = "GPL";
