/* How does a program speak? bpf_trace_printk, bpf_trace_vprintk and bpf_snprintf. Returns the length of the text made. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char text[32];

SEC("xdp")
int printing(struct xdp_md *ctx)
{
	static const char wide[] = "queue %u of interface %u, %s, %llx";
	static const char name[] = "rootlet";
	static const char format[] = "%d-%04x";
	__u64 words[] = {ctx->rx_queue_index, ctx->ingress_ifindex, (__u64)name, 0xabcdef};
	__u64 two[] = {-5, 0x2a};

	bpf_printk("length %d", ctx->data_end - ctx->data);
	bpf_trace_vprintk(wide, sizeof(wide), words, sizeof(words));
	return bpf_snprintf(text, sizeof(text), format, two, sizeof(two));
}

char _license[] SEC("license") = "GPL";
