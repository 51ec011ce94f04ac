/* What do declarations say that libbpf hands on as it is, or not at all? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "objects.h"

/* A node counts only with the flag for it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
	__uint(numa_node, 0);
} node_zero SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
	__uint(numa_node, 0);
	__uint(map_flags, BPF_F_NUMA_NODE);
} node_asked_for SEC(".maps");

extern void bpf_rcu_read_lock(void) __ksym __weak;
extern int bpf_no_such_function(int x) __ksym __weak;

/* Hidden functions are verified at each call; hidden programs stay programs. */
__hidden __attribute__((noinline)) int hidden_function(int x)
{
	volatile int y = x;

	return y + 1;
}

SEC("socket")
__hidden int hidden_program(struct __sk_buff *skb)
{
	__u32 key = 0;

	if (!bpf_map_lookup_elem(&node_zero, &key) || !bpf_map_lookup_elem(&node_asked_for, &key))
		return 0;
	return hidden_function(skb->len);
}

/* Whether the kernel has functions, without a call. */
SEC("socket")
int asks(struct __sk_buff *skb)
{
	return (bpf_ksym_exists(bpf_rcu_read_lock) ? 1 : 0) + (bpf_ksym_exists(bpf_no_such_function) ? 2 : 0);
}

char _license[] SEC("license") = "GPL";
