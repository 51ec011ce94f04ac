/* Which loops end? A counted one, one whose bound comes from the packet, one inside another, one down to zero, a break.
 * Returns 45 + 10 * (number of packet bytes summed, at most 32) + 12 + 55.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

volatile int ten = 10;

SEC("xdp")
int loops(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *data_end = (void *)(long)ctx->data_end;
	int sum = 0, bytes = 0;
	__u32 down = 10;

	for (int i = 0; i < 10; i++) {
		sum += i;
		barrier_var(i);
	}
	for (int i = 0; i < 32; i++) {
		if (data + i + 1 > data_end)
			break;
		bytes += 1 + (data[i] & 1);
		barrier_var(i);
	}
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 4; j++) {
			if (ten != 10)
				return -1;
			sum++;
			barrier_var(j);
		}
		barrier_var(i);
	}
	while (down) {
		sum += down--;
		barrier_var(down);
	}
	return sum + 10 * (bytes > 32 ? 32 : bytes);
}

char _license[] SEC("license") = "GPL";
