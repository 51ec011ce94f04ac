/* S6: keeps its packet pointers across the call of an extern that is given the context. Returns touch(ctx) plus the first byte. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int touch(struct xdp_md *ctx);

SEC("xdp")
int packet_main(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *data_end = (void *)(long)ctx->data_end;

	if (data + 1 > data_end)
		return -1;
	return touch(ctx) + data[0];
}

char _license[] SEC("license") = "GPL";
