/* What of the kernel itself may a program name? Variables with and without a type, functions, and weak ones that are not there. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

struct rq;
struct task_struct;

extern const void jiffies __ksym;
extern const void no_such_address __ksym __weak;
extern const int bpf_prog_active __ksym;
extern const int no_such_variable __ksym __weak;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern void no_such_function(void) __ksym __weak;

__u64 seen[4];

SEC("raw_tp/sched_switch")
int ksyms(void *ctx)
{
	int cpu = 0;
	const int *active = bpf_per_cpu_ptr(&bpf_prog_active, cpu);

	seen[0] = (__u64)&jiffies;
	seen[1] = (__u64)&no_such_address;
	seen[2] = (__u64)&no_such_variable;
	seen[3] = active ? *active : 0;
	bpf_rcu_read_lock();
	if (bpf_ksym_exists(no_such_function))
		no_such_function();
	bpf_rcu_read_unlock();
	return 0;
}

char _license[] SEC("license") = "GPL";
