/* Rejected: the comparison covers 8 bytes, the access the ninth. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_packet_short(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	if (data + 8 > (unsigned char *)(long)ctx->data_end)
		return XDP_PASS;
	return data[8];
}

char _license[] SEC("license") = "GPL";
