/* Which sections came after libbpf 1.1? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tcx/ingress")
int sec_tcx_ingress(struct __sk_buff *ctx)
{
	return -1;
}

SEC("tcx/egress")
int sec_tcx_egress(struct __sk_buff *ctx)
{
	return -1;
}

SEC("netkit/primary")
int sec_netkit_primary(struct __sk_buff *ctx)
{
	return -1;
}

SEC("netkit/peer")
int sec_netkit_peer(struct __sk_buff *ctx)
{
	return -1;
}

SEC("sk_skb/verdict")
int sec_sk_skb_verdict(struct __sk_buff *ctx)
{
	return SK_PASS;
}

SEC("cgroup/connect_unix")
int sec_connect_unix(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("netfilter")
int sec_netfilter(void *ctx)
{
	return 1;
}

char _license[] SEC("license") = "GPL";
