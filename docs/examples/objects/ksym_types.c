/* What if the kernel has a function or variable of that name, and it is another one than was declared? Weak functions count as absent. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

struct task_struct;

struct not_an_int {
	int a;
};

extern int bpf_rcu_read_lock(int argument) __ksym;
extern int bpf_rcu_read_unlock(int argument) __ksym __weak;
extern const struct not_an_int bpf_prog_active __ksym __weak;
extern void bpf_preempt_disable___old___older(void) __ksym __weak;
extern void bpf_preempt_enable___old(void) __ksym __weak;

int seen;

SEC("raw_tp/sched_switch")
int ksym_types(void *ctx)
{
	if (bpf_ksym_exists(bpf_preempt_disable___old___older))
		bpf_preempt_disable___old___older();
	if (bpf_ksym_exists(bpf_preempt_enable___old))
		bpf_preempt_enable___old();
	if (bpf_ksym_exists(bpf_rcu_read_unlock))
		return bpf_rcu_read_unlock(1);
	return 0;
}

SEC("raw_tp/sched_switch")
int strong_function(void *ctx)
{
	return bpf_rcu_read_lock(1);
}

SEC("raw_tp/sched_switch")
int weak_variable(void *ctx)
{
	const struct not_an_int *active = bpf_per_cpu_ptr(&bpf_prog_active, 0);

	seen = active ? active->a : 0;
	return 0;
}

char _license[] SEC("license") = "GPL";
