/* Where do variables live? .data, .bss, .rodata, sections of their own, static ones, arrays, and a pointer-free string.
 * Returns runs so far * factor + 7 + 'o'.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int start = 7;
static int runs;
const volatile int factor = 100;
static const char word[] = "rootlet";
int table[4] = {1, 2, 3, 4};
__u64 wide;
int apart SEC(".data.apart") = 5;
const volatile char letter_index SEC(".rodata.apart") = 1;

SEC("xdp")
int globals(struct xdp_md *ctx)
{
	__u32 index = letter_index;

	runs++;
	wide += (__u64)runs << 32;
	table[runs & 3] += apart;
	if (index >= sizeof(word))
		return -1;
	return runs * factor + start + word[index];
}

char _license[] SEC("license") = "GPL";
