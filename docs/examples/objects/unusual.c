/* What else is legal? A license longer than anybody reads, and questions about the kernel's configuration
 * that no kernel answers.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int CONFIG_ROOTLET_NUMBER __kconfig __weak;
extern _Bool CONFIG_ROOTLET_SWITCH __kconfig __weak;

int times_three(int value)
{
	return value * 3 + CONFIG_ROOTLET_NUMBER;
}

SEC("xdp")
int asks(struct xdp_md *ctx)
{
	return CONFIG_ROOTLET_SWITCH ? times_three(ctx->data_end - ctx->data) : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL, and sixty-four bytes of it are more than libbpf hands on";
