/* How did the old packet filters read? LD_ABS and LD_IND, which end the program with 0 behind the packet's end. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");

SEC("socket")
int socket_ldabs(struct __sk_buff *skb)
{
	unsigned long long header;

	if (load_half(skb, 12) != ETH_P_IP)
		return 0;
	header = (load_byte(skb, ETH_HLEN) & 0xf) * 4;
	return load_half(skb, ETH_HLEN + header + 2);
}

char _license[] SEC("license") = "GPL";
