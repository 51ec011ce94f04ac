/* What is a program, and what only a part of one? Several in a section, subprograms in .text, static ones, a weak one, one that is not
 * loaded by itself, one in a section that means nothing, names longer than the kernel keeps.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__noinline int global_part(int x)
{
	return x * 3;
}

static __noinline int own_part(int x)
{
	volatile int y = x;

	return y + 1;
}

__noinline __weak int weak_part(int x)
{
	return own_part(x) - 1;
}

SEC("xdp")
int first_in_section(struct xdp_md *ctx)
{
	return global_part(ctx->ingress_ifindex);
}

SEC("xdp")
int second_in_section(struct xdp_md *ctx)
{
	return weak_part(ctx->ingress_ifindex);
}

SEC("?xdp")
int not_by_itself(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("?kprobe.multi/tcp_*")
int probes(void *ctx)
{
	return 0;
}

SEC("nothing_known")
int without_type(void *ctx)
{
	return 0;
}

SEC("fentry.s/bpf_fentry_test1")
int sleeps(void *ctx)
{
	return 0;
}

SEC("tc")
__weak int weak_program(struct __sk_buff *ctx)
{
	return own_part(0);
}

SEC("classifier")
int a_program_name_longer_than_fifteen(struct __sk_buff *ctx)
{
	return 0;
}

SEC("tc")
int back_in_tc(struct __sk_buff *ctx)
{
	return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
