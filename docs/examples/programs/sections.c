/* Which sections give which type? One small program for each name of libbpf's table that needs nothing else to load. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(section, name, context, expression)                            \
	SEC(section)                                                           \
	int name(context *ctx)                                                 \
	{                                                                      \
		return expression;                                             \
	}

PROGRAM("socket", sec_socket, struct __sk_buff, ctx->len)
PROGRAM("tc", sec_tc, struct __sk_buff, ctx->len & 1)
PROGRAM("classifier", sec_classifier, struct __sk_buff, ctx->mark & 1)
PROGRAM("action", sec_action, struct __sk_buff, ctx->mark & 1)
PROGRAM("xdp", sec_xdp, struct xdp_md, XDP_PASS)
PROGRAM("xdp.frags", sec_xdp_frags, struct xdp_md, XDP_PASS)
PROGRAM("xdp/cpumap", sec_xdp_cpumap, struct xdp_md, XDP_PASS)
PROGRAM("xdp/devmap", sec_xdp_devmap, struct xdp_md, XDP_PASS)
PROGRAM("lwt_in", sec_lwt_in, struct __sk_buff, BPF_OK)
PROGRAM("lwt_out", sec_lwt_out, struct __sk_buff, BPF_OK)
PROGRAM("lwt_xmit", sec_lwt_xmit, struct __sk_buff, BPF_OK)
PROGRAM("lwt_seg6local", sec_lwt_seg6local, struct __sk_buff, BPF_OK)
PROGRAM("cgroup_skb/ingress", sec_cgroup_skb_ingress, struct __sk_buff, 1)
PROGRAM("cgroup_skb/egress", sec_cgroup_skb_egress, struct __sk_buff, 1)
PROGRAM("cgroup/sock_create", sec_cgroup_sock, struct bpf_sock, ctx->family != 10)
PROGRAM("cgroup/connect4", sec_connect4, struct bpf_sock_addr, ctx->user_ip4 != 0)
PROGRAM("cgroup/bind6", sec_bind6, struct bpf_sock_addr, ctx->user_port != 0)
PROGRAM("cgroup/sendmsg4", sec_sendmsg4, struct bpf_sock_addr, ctx->family == 2)
PROGRAM("cgroup/getsockopt", sec_getsockopt, struct bpf_sockopt, ctx->level != 0)
PROGRAM("cgroup/setsockopt", sec_setsockopt, struct bpf_sockopt, ctx->optname != 0)
PROGRAM("cgroup/sysctl", sec_sysctl, struct bpf_sysctl, ctx->write == 0)
PROGRAM("cgroup/dev", sec_dev, struct bpf_cgroup_dev_ctx, ctx->major == 1)
PROGRAM("sockops", sec_sockops, struct bpf_sock_ops, ctx->op == 1)
PROGRAM("sk_skb/stream_verdict", sec_stream_verdict, struct __sk_buff, SK_PASS)
PROGRAM("sk_skb/stream_parser", sec_stream_parser, struct __sk_buff, ctx->len)
PROGRAM("sk_msg", sec_sk_msg, struct sk_msg_md, ctx->size ? SK_PASS : SK_DROP)
PROGRAM("sk_lookup", sec_sk_lookup, struct bpf_sk_lookup, ctx->local_port ? SK_PASS : SK_DROP)
PROGRAM("sk_reuseport", sec_sk_reuseport, struct sk_reuseport_md, ctx->hash ? SK_PASS : SK_DROP)
PROGRAM("flow_dissector", sec_flow_dissector, struct __sk_buff, BPF_DROP)
PROGRAM("kprobe/do_nanosleep", sec_kprobe, void, 0)
PROGRAM("kretprobe/do_nanosleep", sec_kretprobe, void, 0)
PROGRAM("uprobe//proc/self/exe:main", sec_uprobe, void, 0)
PROGRAM("tracepoint/sched/sched_switch", sec_tracepoint, void, 0)
PROGRAM("tp/sched/sched_wakeup", sec_tp, void, 0)
PROGRAM("raw_tracepoint/sched_switch", sec_raw_tracepoint, struct bpf_raw_tracepoint_args, ctx->args[0] != 0)
PROGRAM("raw_tp/sched_wakeup", sec_raw_tp, struct bpf_raw_tracepoint_args, ctx->args[0] != 0)
PROGRAM("perf_event", sec_perf_event, void, 0)
PROGRAM("syscall", sec_syscall, void, 0)

char _license[] SEC("license") = "GPL";
