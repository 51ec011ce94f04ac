/* What may a program know of the kernel's configuration? Externs of every type in .kconfig, weak ones, and those that libbpf makes up. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern bool CONFIG_A_BOOL __kconfig;
extern enum libbpf_tristate CONFIG_A_TRISTATE __kconfig;
extern char CONFIG_A_CHAR __kconfig;
extern unsigned char CONFIG_A_BYTE __kconfig;
extern short CONFIG_A_SHORT __kconfig;
extern int CONFIG_AN_INT __kconfig;
extern unsigned long CONFIG_A_LONG __kconfig;
extern const char CONFIG_A_STRING[8] __kconfig;
extern int CONFIG_MISSING __kconfig __weak;
extern bool CONFIG_MISSING_BOOL __kconfig __weak;

int out = 0;

SEC("socket")
int kconfig(struct __sk_buff *ctx)
{
	int sum = LINUX_KERNEL_VERSION + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER + CONFIG_A_BOOL + CONFIG_A_TRISTATE + CONFIG_A_CHAR + CONFIG_A_BYTE;

	out = sum + CONFIG_A_SHORT + CONFIG_AN_INT + (int)CONFIG_A_LONG + CONFIG_A_STRING[1] + CONFIG_MISSING + CONFIG_MISSING_BOOL;
	return out;
}

char _license[] SEC("license") = "GPL";
