/* How are requests ordered by deadline? Objects of the program in a tree and a list, counted references, tasks kept in values. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <kernel.h>

struct deadline_request {
	__u64 deadline, weight;
	__u32 pid, flags;
	struct bpf_rb_node node;
	struct bpf_list_node link;
	struct bpf_refcount refs;
};

struct slot {
	struct task_struct __kptr *task;
	struct cgroup __kptr *group;
	struct deadline_request __kptr *next;
	__u64 stamp;
};

struct mask_slot {
	struct bpf_cpumask __kptr *mask;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct mask_slot);
} masks SEC(".maps");

private(queue) struct bpf_spin_lock lock;
private(queue) struct bpf_rb_root by_deadline __contains(deadline_request, node);
private(queue) struct bpf_list_head fifo __contains(deadline_request, link);

__u64 queued, dispatched, lost;

static bool earlier(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	struct deadline_request *left = container_of(a, struct deadline_request, node);
	struct deadline_request *right = container_of(b, struct deadline_request, node);

	return left->deadline < right->deadline;
}

static int enqueue(struct task_struct *task, __u64 now)
{
	struct deadline_request *request = bpf_obj_new(struct deadline_request), *second;

	if (!request)
		return -12;
	request->deadline = now + (task->prio > 120 ? 20000000 : 5000000);
	request->pid = task->pid;
	request->weight = task->static_prio;
	second = bpf_refcount_acquire_impl(request, 0);
	if (!second) {
		bpf_obj_drop_impl(request, 0);
		return -12;
	}
	bpf_spin_lock(&lock);
	bpf_rbtree_add_impl(&by_deadline, &request->node, earlier, 0, 0);
	bpf_list_push_back_impl(&fifo, &second->link, 0, 0);
	queued++;
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int wakeup(__u32 *ctx)
{
	struct task_struct *task, *old;
	__u32 pid = ctx[0];
	struct slot *slot;

	slot = bpf_map_lookup_elem(&slots, &pid);
	if (!slot) {
		struct slot empty = {};

		bpf_map_update_elem(&slots, &pid, &empty, BPF_NOEXIST);
		slot = bpf_map_lookup_elem(&slots, &pid);
		if (!slot)
			return 0;
	}
	slot->stamp = bpf_ktime_get_ns();
	task = bpf_task_from_pid(pid);
	if (!task)
		return 0;
	if (enqueue(task, slot->stamp) < 0)
		lost++;
	old = bpf_kptr_xchg(&slot->task, task);
	if (old)
		bpf_task_release(old);
	return 0;
}

SEC("tc")
int dispatch(struct __sk_buff *skb)
{
	struct deadline_request *request = 0, *head = 0;
	struct bpf_list_node *link;
	struct bpf_rb_node *node;
	__u64 now = bpf_ktime_get_ns();

	bpf_spin_lock(&lock);
	node = bpf_rbtree_first(&by_deadline);
	if (node) {
		request = container_of(node, struct deadline_request, node);
		if (request->deadline > now) {
			request->flags |= 1;
			bpf_spin_unlock(&lock);
			return 0;
		}
		node = bpf_rbtree_remove(&by_deadline, node);
	}
	link = bpf_list_pop_front(&fifo);
	bpf_spin_unlock(&lock);
	if (link) {
		head = container_of(link, struct deadline_request, link);
		bpf_obj_drop_impl(head, 0);
	}
	if (!node)
		return 0;
	request = container_of(node, struct deadline_request, node);
	dispatched += request->weight;
	bpf_obj_drop_impl(request, 0);
	return 0;
}

/* Goes down the tree to a request that is due. */
SEC("tc")
int search(struct __sk_buff *skb)
{
	__u64 now = bpf_ktime_get_ns(), found = 0;
	struct bpf_rb_node *node;
	struct bpf_iter_num it;
	int *step;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_root(&by_deadline);
	if (node) {
		struct deadline_request *request = container_of(node, struct deadline_request, node);

		found = request->deadline;
		if (request->deadline < now)
			node = bpf_rbtree_right(&by_deadline, node);
		else
			node = bpf_rbtree_left(&by_deadline, node);
		if (node)
			found = container_of(node, struct deadline_request, node)->deadline;
	}
	bpf_spin_unlock(&lock);
	bpf_iter_num_new(&it, 0, 8);
	while ((step = bpf_iter_num_next(&it)))
		found ^= *step;
	bpf_iter_num_destroy(&it);
	lost += found & 1;
	return 0;
}

/* Keeps the group a task is in, and reads it under RCU later. */
SEC("tp_btf/cgroup_attach_task")
int moved(__u64 *ctx)
{
	struct cgroup *group = (void *)ctx[0], *old;
	struct task_struct *task = (void *)ctx[2];
	__u32 pid = task->pid;
	struct slot *slot = bpf_map_lookup_elem(&slots, &pid);

	if (!slot)
		return 0;
	group = bpf_cgroup_acquire(group);
	if (!group)
		return 0;
	old = bpf_kptr_xchg(&slot->group, group);
	if (old)
		bpf_cgroup_release(old);
	bpf_rcu_read_lock();
	group = slot->group;
	if (group && bpf_task_under_cgroup(task, group))
		slot->stamp = group->kn->id;
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tp_btf/task_newtask")
int place(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct bpf_cpumask *mask = bpf_cpumask_create(), *old;
	__u32 slot = task->pid & 3, first;
	struct mask_slot *value;

	if (!mask)
		return 0;
	bpf_cpumask_set_cpu(bpf_get_smp_processor_id(), mask);
	bpf_cpumask_and(mask, (void *)mask, task->cpus_ptr);
	first = bpf_cpumask_first((void *)mask);
	if (first > 128 || !bpf_cpumask_test_cpu(first, task->cpus_ptr)) {
		bpf_cpumask_release(mask);
		return 0;
	}
	value = bpf_map_lookup_elem(&masks, &slot);
	if (!value) {
		bpf_cpumask_release(mask);
		return 0;
	}
	old = bpf_kptr_xchg(&value->mask, mask);
	if (old)
		bpf_cpumask_release(old);
	return 0;
}

/* Hands one object from a value to the tree. */
SEC("tc")
int hand_over(struct __sk_buff *skb)
{
	__u32 pid = skb->mark;
	struct slot *slot = bpf_map_lookup_elem(&slots, &pid);
	struct deadline_request *request;

	if (!slot)
		return 0;
	request = bpf_kptr_xchg(&slot->next, 0);
	if (!request) {
		request = bpf_obj_new(struct deadline_request);
		if (!request)
			return 2;
		request->deadline = skb->tstamp;
		request = bpf_kptr_xchg(&slot->next, request);
		if (request)
			bpf_obj_drop_impl(request, 0);
		return 0;
	}
	bpf_spin_lock(&lock);
	bpf_rbtree_add_impl(&by_deadline, &request->node, earlier, 0, 0);
	request->flags = 2;
	bpf_spin_unlock(&lock);
	return 0;
}

char _license[] SEC("license") = "GPL";
