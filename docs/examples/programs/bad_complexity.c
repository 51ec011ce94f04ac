/* Rejected: more paths than the verifier's million instructions reach. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bad_complexity(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *data_end = (void *)(long)ctx->data_end;
	int sum = 0, bytes = 0;
	__u32 down = 10;

	for (int i = 0; i < 32; i++) {
		if (data + i + 1 > data_end)
			break;
		bytes += data[i] ? 2 : 1;
		barrier_var(i);
	}
	while (down) {
		sum += down--;
		barrier_var(down);
	}
	return sum + 10 * (bytes > 32 ? 32 : bytes);
}

char _license[] SEC("license") = "GPL";
