/* What stands in modules, not in the kernel itself? Functions of nf_conntrack, sizes of structs of tcp_bbr and veth, and what runs
 * when nf_conntrack is entered. tools/load-diff.mjs loads it over the modules of Debian's kernels, tests in guests over running ones.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct nf_conn {
	unsigned long status;
} __attribute__((preserve_access_index));

struct bpf_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u8 reserved[2];
};

extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *xdp_ctx, struct bpf_sock_tuple *bpf_tuple, __u32 tuple__sz, struct bpf_ct_opts *opts, __u32 opts__sz) __ksym;
extern void bpf_ct_release(struct nf_conn *nfct) __ksym;

struct bbr___ours {
	__u32 min_rtt_us;
	__u32 lt_rtt_cnt;
	__u32 no_such_member;
} __attribute__((preserve_access_index));

struct veth_rq;
struct veth_priv___ours {
	struct veth_rq *rq;
	unsigned int requested_headroom;
} __attribute__((preserve_access_index));

/* What a lookup without a connection says: ENOENT. */
int lookup_error;
/* Written by sizes: what CO-RE found. */
__u32 found[6];

SEC("?xdp")
int lookup(struct xdp_md *ctx)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = 6 };
	struct nf_conn *ct;

	tuple.ipv4.saddr = 0x0100007f;
	tuple.ipv4.daddr = 0x0100007f;
	tuple.ipv4.sport = 1;
	tuple.ipv4.dport = 2;
	ct = bpf_xdp_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	if (ct) {
		bpf_ct_release(ct);
		return XDP_PASS;
	}
	lookup_error = opts.error;
	return XDP_DROP;
}

SEC("?socket")
int sizes(struct __sk_buff *skb)
{
	struct bbr___ours *bbr = 0;
	struct veth_priv___ours *veth = 0;

	found[0] = bpf_core_type_size(struct bbr___ours);
	found[1] = __builtin_preserve_field_info(bbr->min_rtt_us, BPF_FIELD_BYTE_OFFSET);
	found[2] = __builtin_preserve_field_info(bbr->lt_rtt_cnt, BPF_FIELD_EXISTS) ? __builtin_preserve_field_info(bbr->lt_rtt_cnt, BPF_FIELD_LSHIFT_U64) : 1;
	found[3] = __builtin_preserve_field_info(bbr->no_such_member, BPF_FIELD_EXISTS);
	found[4] = bpf_core_type_exists(struct veth_priv___ours);
	found[5] = __builtin_preserve_field_info(veth->requested_headroom, BPF_FIELD_BYTE_OFFSET);
	return 1;
}

SEC("?fentry/nf_conntrack:nf_conntrack_in")
int enter(unsigned long long *ctx)
{
	return 0;
}

/* No module is named: the first that has the function is meant. */
SEC("?fexit/nf_ct_delete")
int leave(unsigned long long *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
