/* Which map holds which variable? Every data section with and without variables that others may see, custom ones, names longer than
 * the kernel keeps, alignment, and sections that are no data at all.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct settings {
	__u8 on;
	__u64 limit;
	char name[5];
};

int counter = 3;
static volatile int own_counter = 4;
struct settings settings = {1, 2, "abc"};
__hidden int hidden = 5;
__weak int maybe = 6;

__u64 zeros[3];
static volatile __u16 own_zeros;
char one_byte;

const volatile __u32 fixed = 7;
static const volatile char own_fixed = 8;
const volatile struct settings fixed_settings = {.limit = 9};

int custom SEC(".data.custom") = 10;
static volatile int own_custom SEC(".data.only_static") = 11;
int with_long_name SEC(".data.a_section_name_longer_than_fifteen") = 12;
const volatile int fixed_custom SEC(".rodata.custom") = 13;
static const volatile int own_fixed_custom SEC(".rodata.only_static") = 14;
int zero_custom SEC(".bss.custom");
static volatile int own_zero_custom SEC(".bss.only_static");
__hidden int hidden_custom SEC(".data.hidden") = 15;
__u8 aligned_custom[3] SEC(".data.aligned") __attribute__((aligned(64))) = {1, 2, 3};
int not_data SEC("somewhere") = 16;
int *pointer_to SEC(".data.pointer") = &counter;

SEC("xdp")
int data_sections(struct xdp_md *ctx)
{
	static const char text[] = "a string that the compiler keeps in .rodata.str";
	char buffer[sizeof(text)];

	__builtin_memcpy(buffer, text, sizeof(text));
	bpf_printk("%s %d", buffer, fixed);
	zeros[1]++;
	own_zeros++;
	one_byte++;
	own_custom++;
	zero_custom++;
	own_zero_custom++;
	return counter + own_counter + hidden + maybe + custom + with_long_name + fixed_custom + own_fixed + own_fixed_custom + settings.on +
	       (int)fixed_settings.limit + hidden_custom + aligned_custom[1];
}

char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = 0x60102;
