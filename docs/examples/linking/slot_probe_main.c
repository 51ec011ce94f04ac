/* D: on a probe. Adds what watch says to a counter that user space reads. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct pt_regs;

int watch(struct pt_regs *ctx);

long seen;

SEC("uprobe")
int slot_probe_main(struct pt_regs *ctx)
{
	seen += watch(ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
