/* What do the numbers do? 64- and 32-bit arithmetic, shifts, signs, division by zero, byte swaps, on values the compiler
 * cannot know. Returns the number of wrong results: 0.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

volatile __u64 big = 0xfedcba9876543210;
volatile __s64 negative = -1000000007;
volatile __u32 half = 0x89abcdef;
volatile __s32 minus = -7;
volatile __u32 zero;
volatile __u8 byte = 0xff;

SEC("xdp")
int math64(struct xdp_md *ctx)
{
	int wrong = 0;

	wrong += big * 3 != 0xfc962fc962fc9630;
	wrong += big / 1000 != 18364758544493064;
	wrong += big % 1000 != 720;
	wrong += big >> 60 != 15;
	wrong += (__s64)big >> 60 != -1;
	wrong += big << 4 != 0xedcba98765432100;
	wrong += half * half != 0x90f2a521;
	wrong += half >> 4 != 0x089abcde;
	wrong += (__s32)half >> 4 != (__s32)0xf89abcde;
	wrong += -minus != 7;
	wrong += (minus ^ half) != 0x76543216;
	wrong += (__s8)byte != -1;
	wrong += negative + big != 0xfedcba983ab96809;
	wrong += negative >> 3 != -125000001;
	wrong += half / (zero + 2) != 0x44d5e6f7;
	wrong += __builtin_bswap64(big) != 0x1032547698badcfe;
	wrong += __builtin_bswap32(half) != 0xefcdab89;
	wrong += __builtin_bswap16((__u16)half) != 0xefcd;
	return wrong;
}

char _license[] SEC("license") = "GPL";
