/* D: put in place of watch. Returns 100. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct pt_regs;

SEC("uprobe")
int slot_probe_more(struct pt_regs *ctx)
{
	return 100;
}

char _license[] SEC("license") = "GPL";
