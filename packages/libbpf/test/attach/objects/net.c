/* Which packets pass? One program for each hook of the network; each counts, and does what `verdict` says. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 hits;
/* What the program returns: 1 is XDP_DROP, 2 TC_ACT_SHOT, 0 "refused" for cgroups and NF_DROP. */
__s32 verdict;

#define COUNTING(section, name, context)                                                                                                   \
	SEC("?" section)                                                                                                                   \
	int name(struct context *ctx)                                                                                                      \
	{                                                                                                                                  \
		__sync_fetch_and_add(&hits, 1);                                                                                            \
		return verdict;                                                                                                            \
	}

COUNTING("xdp", xdp, xdp_md)
COUNTING("xdp", xdp_other, xdp_md)
COUNTING("tc", tc, __sk_buff)
COUNTING("tcx/ingress", tcx_ingress, __sk_buff)
COUNTING("tcx/egress", tcx_egress, __sk_buff)
COUNTING("netkit/primary", netkit_primary, __sk_buff)
COUNTING("netkit/peer", netkit_peer, __sk_buff)
COUNTING("socket", socket_filter, __sk_buff)

/* The verifier wants to see that these return 0 or 1. */
#define DECIDING(section, name, context)                                                                                                   \
	SEC("?" section)                                                                                                                   \
	int name(struct context *ctx)                                                                                                      \
	{                                                                                                                                  \
		__sync_fetch_and_add(&hits, 1);                                                                                            \
		return verdict ? 1 : 0;                                                                                                    \
	}

DECIDING("cgroup_skb/egress", egress, __sk_buff)
DECIDING("cgroup/sock_create", sock_create, bpf_sock)
DECIDING("cgroup/connect4", connect4, bpf_sock_addr)
DECIDING("cgroup/bind4", bind4, bpf_sock_addr)
DECIDING("sk_lookup", lookup, bpf_sk_lookup)
DECIDING("sk_reuseport", reuseport, sk_reuseport_md)

/* 1 is "go on", 0 "refused": of what processes of a cgroup do, where the security hook is. */
SEC("?lsm_cgroup/socket_bind")
int lsm_bind(unsigned long long *ctx)
{
	__sync_fetch_and_add(&hits, 1);
	return verdict ? 1 : 0;
}

/* BPF_OK is 0, BPF_DROP 2. */
SEC("?flow_dissector")
int dissector(struct __sk_buff *ctx)
{
	__sync_fetch_and_add(&hits, 1);
	return verdict ? 2 : 0;
}

struct nf_context {
	const void *state;
	void *skb;
};

SEC("?netfilter")
int filter(struct nf_context *ctx)
{
	__sync_fetch_and_add(&hits, 1);
	return verdict ? 1 : 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

DECIDING("sk_skb/stream_verdict", stream_verdict, __sk_buff)
DECIDING("sk_msg", message, sk_msg_md)

char _license[] SEC("license") = "GPL";
