/* What else may any program ask? Time, random numbers, numbers from text, comparison of text, memory by address. Returns 5. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 last_ns;
__u32 dice;
char copy[8];

SEC("xdp")
int helpers_misc(struct xdp_md *ctx)
{
	static const char digits[] = "-42 apples";
	static const char word[] = "rootlet";
	long number = 0;
	__u64 boot = bpf_ktime_get_boot_ns();
	int right = 0;

	right += bpf_ktime_get_ns() > last_ns;
	last_ns = bpf_ktime_get_ns();
	dice = bpf_get_prandom_u32() % 6;
	right += dice < 6 && boot != 0;
	right += bpf_strtol(digits, sizeof(digits), 10, &number) == 3 && number == -42;
	right += bpf_probe_read_kernel_str(copy, sizeof(copy), word) == 8;
	right += bpf_strncmp(copy, sizeof(copy), word) == 0;
	return right;
}

char _license[] SEC("license") = "GPL";
