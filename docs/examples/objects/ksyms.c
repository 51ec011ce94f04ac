/* What of the kernel itself may a program name? Variables with and without a type, functions, and weak ones that are not there. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

struct rq;
struct task_struct;

extern const void jiffies_64 __ksym __weak;
extern const void do_nanosleep __ksym;
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
	seen[0] = (__u64)&jiffies_64;
	seen[1] = (__u64)&no_such_address + (__u64)&do_nanosleep;
	seen[2] = (__u64)&no_such_variable;
	bpf_rcu_read_lock();
	if (bpf_ksym_exists(no_such_function))
		no_such_function();
	bpf_rcu_read_unlock();
	return 0;
}

/* Apart, since kernels without CONFIG_KALLSYMS_ALL know the type of such a variable, and not its address. */
SEC("raw_tp/sched_switch")
int typed_variable(void *ctx)
{
	const int *active = bpf_per_cpu_ptr(&bpf_prog_active, 0);

	seen[3] = active ? *active : 0;
	return 0;
}

char _license[] SEC("license") = "GPL";
