// Which programs are there: where they stand, what they are given, what they may return?

const SKB = ['ctx->len', 'ctx->mark', 'ctx->cb[1]', 'ctx->protocol', 'ctx->priority', 'ctx->hash'];
const PACKET = { start: '(void *)(long)ctx->data', end: '(void *)(long)ctx->data_end' };
const POINTERS = { start: 'ctx->data', end: 'ctx->data_end' };
const ADDRESS = ['ctx->user_family', 'ctx->user_ip4', 'ctx->user_port', 'ctx->family', 'ctx->type', 'ctx->protocol'];
const SOCK = ['struct sock *sk = (void *)ctx[0]; struct tcp_sock *tp = (void *)sk;'];
const TASKS = ['struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];'];

/**
 * `writes` are what of the context may be written, `packet` how its bytes are found, `moves` how they can be moved, `opening` the first
 * lines, `perProgram` what differs from program to program, `closing` what stands after the last one, `tasks` names of trusted tasks, `net` what looks up sockets, `full` what may
 * ask for whole ones, `generic` what may call most of the kernel's functions.
 */
export const KINDS = [
  { section: 'xdp', generic: true, context: 'struct xdp_md', numbers: ['ctx->ingress_ifindex', 'ctx->rx_queue_index'], returns: ['XDP_PASS', 'XDP_DROP'], packet: { ...PACKET, writable: true }, moves: 'xdp', net: true },
  { section: 'tc', generic: true, context: 'struct __sk_buff', numbers: [...SKB, 'ctx->tstamp'], writes: ['ctx->mark', 'ctx->cb[2]', 'ctx->priority', 'ctx->tc_index'], returns: ['0', '2', '-1'], packet: { ...PACKET, writable: true }, moves: 'skb', net: true, sock: 'ctx->sk', full: true },
  { section: 'action', context: 'struct __sk_buff', numbers: SKB, writes: ['ctx->mark'], returns: ['0', '2', '-1'], packet: { ...PACKET, writable: true }, moves: 'skb', net: true, sock: 'ctx->sk', full: true },
  { section: 'cgroup_skb/ingress', generic: true, context: 'struct __sk_buff', numbers: SKB, writes: ['ctx->mark', 'ctx->cb[0]'], returns: ['0', '1'], packet: PACKET, net: true, sock: 'ctx->sk', full: true },
  { section: 'socket', context: 'struct __sk_buff', numbers: SKB, writes: ['ctx->cb[4]'], returns: ['0', '-1'] },
  { section: 'lwt_xmit', context: 'struct __sk_buff', numbers: SKB, writes: ['ctx->mark'], returns: ['0', '2'], packet: { ...PACKET, writable: true }, moves: 'skb' },
  { section: 'lwt_in', context: 'struct __sk_buff', numbers: SKB, writes: ['ctx->cb[0]'], returns: ['0', '2'], packet: PACKET },
  { section: 'sk_skb/stream_verdict', context: 'struct __sk_buff', numbers: ['ctx->len', 'ctx->local_port', 'ctx->remote_ip4'], writes: ['ctx->priority'], returns: ['0', '1'], packet: { ...PACKET, writable: true }, net: true, sock: 'ctx->sk' },
  { section: 'sk_msg', context: 'struct sk_msg_md', numbers: ['ctx->size', 'ctx->family', 'ctx->remote_port', 'ctx->local_ip4'], returns: ['0', '1'], packet: { ...POINTERS, writable: true }, sock: 'ctx->sk' },
  { section: 'sockops', generic: true, context: 'struct bpf_sock_ops', numbers: ['ctx->op', 'ctx->args[0]', 'ctx->family', 'ctx->local_port', 'ctx->snd_cwnd', 'ctx->srtt_us'], writes: ['ctx->reply', 'ctx->replylong[1]'], returns: ['0', '1'], packet: { start: 'ctx->skb_data', end: 'ctx->skb_data_end' }, sock: 'ctx->sk' },
  { section: 'sk_lookup', context: 'struct bpf_sk_lookup', numbers: ['ctx->family', 'ctx->protocol', 'ctx->remote_ip4', 'ctx->local_port', 'ctx->ingress_ifindex'], returns: ['0', '1'], sock: 'ctx->sk' },
  { section: 'sk_reuseport', context: 'struct sk_reuseport_md', numbers: ['ctx->len', 'ctx->hash', 'ctx->ip_protocol', 'ctx->bind_inany'], returns: ['0', '1'], packet: POINTERS },
  { section: 'flow_dissector', context: 'struct __sk_buff', numbers: ['ctx->flow_keys->nhoff', 'ctx->flow_keys->thoff', 'ctx->flow_keys->n_proto', 'ctx->flow_keys->flags'], writes: ['ctx->flow_keys->thoff', 'ctx->flow_keys->sport', 'ctx->flow_keys->ip_proto'], returns: ['0', '2', '129'], packet: PACKET },
  { section: 'cgroup/connect4', generic: true, context: 'struct bpf_sock_addr', numbers: ADDRESS, writes: ['ctx->user_ip4', 'ctx->user_port'], returns: ['0', '1'], net: true, sock: 'ctx->sk' },
  { section: 'cgroup/sendmsg4', generic: true, context: 'struct bpf_sock_addr', numbers: [...ADDRESS, 'ctx->msg_src_ip4'], writes: ['ctx->user_ip4', 'ctx->msg_src_ip4'], returns: ['0', '1'], net: true },
  { section: 'cgroup/sock_create', generic: true, context: 'struct bpf_sock', numbers: ['ctx->family', 'ctx->type', 'ctx->protocol', 'ctx->mark'], writes: ['ctx->mark', 'ctx->priority', 'ctx->bound_dev_if'], returns: ['0', '1'] },
  { section: 'cgroup/post_bind4', generic: true, context: 'struct bpf_sock', numbers: ['ctx->family', 'ctx->src_ip4', 'ctx->src_port'], returns: ['0', '1'] },
  { section: 'cgroup/getsockopt', generic: true, context: 'struct bpf_sockopt', numbers: ['ctx->level', 'ctx->optname', 'ctx->optlen', 'ctx->retval'], writes: ['ctx->optlen', 'ctx->retval'], returns: ['0', '1'], packet: { start: 'ctx->optval', end: 'ctx->optval_end', writable: true }, sock: 'ctx->sk' },
  { section: 'cgroup/setsockopt', generic: true, context: 'struct bpf_sockopt', numbers: ['ctx->level', 'ctx->optname', 'ctx->optlen'], writes: ['ctx->optlen', 'ctx->level'], returns: ['0', '1'], packet: { start: 'ctx->optval', end: 'ctx->optval_end', writable: true }, sock: 'ctx->sk' },
  { section: 'cgroup/sysctl', generic: true, context: 'struct bpf_sysctl', numbers: ['ctx->write', 'ctx->file_pos'], writes: ['ctx->file_pos'], returns: ['0', '1'] },
  { section: 'cgroup/dev', generic: true, context: 'struct bpf_cgroup_dev_ctx', numbers: ['ctx->access_type', 'ctx->major', 'ctx->minor'], returns: ['0', '1'] },
  { section: 'netfilter', context: 'struct bpf_nf_ctx', numbers: ['ctx->skb->len', 'ctx->skb->mark', 'ctx->state->hook', 'ctx->state->pf'], returns: ['0', '1'] },
  { section: 'raw_tp/sched_switch', context: 'struct bpf_raw_tracepoint_args', numbers: ['ctx->args[0]', 'ctx->args[2]'], returns: ['0'], tracing: true },
  { section: 'raw_tp.w/x', context: 'struct bpf_raw_tracepoint_args', numbers: ['ctx->args[1]', 'ctx->args[3]'], returns: ['0', '1'], tracing: true },
  { section: 'kprobe/do_nanosleep', context: 'struct pt_regs', numbers: ['ctx->rdi', 'ctx->rsi', 'ctx->rdx'], returns: ['0', '1'], tracing: true },
  { section: 'uprobe.s//bin/sh:main', context: 'struct pt_regs', numbers: ['ctx->rdi', 'ctx->rsi', 'ctx->rsp'], returns: ['0', '1'], tracing: true, sleepable: true },
  { section: 'tracepoint/syscalls/sys_enter_openat', generic: true, context: 'struct sys_enter', numbers: ['ctx->id', 'ctx->args[0]', 'ctx->args[2]'], returns: ['0', '1'], tracing: true },
  { section: 'perf_event', generic: true, context: 'struct bpf_perf_event_data', numbers: ['ctx->sample_period', 'ctx->addr'], returns: ['0', '1'], tracing: true },
  { section: 'tp_btf/sched_switch', generic: true, context: '__u64', numbers: ['ctx[0]'], opening: TASKS, tasks: ['prev', 'next'], returns: ['0'], tracing: true, btf: true },
  { section: 'tp_btf/task_newtask', generic: true, context: '__u64', numbers: ['ctx[1]'], opening: ['struct task_struct *next = (void *)ctx[0];'], tasks: ['next'], returns: ['0'], tracing: true, btf: true },
  { section: 'iter/task', generic: true, context: 'struct bpf_iter__task', numbers: ['ctx->meta->seq_num'], opening: ['struct task_struct *task = ctx->task;', 'if (!task) return 0;'], tasks: ['task'], returns: ['0', '1'], tracing: true, btf: true, seq: 'ctx->meta->seq' },
  { section: 'iter.s/task', generic: true, context: 'struct bpf_iter__task', numbers: ['ctx->meta->session_id'], opening: ['struct task_struct *task = ctx->task;', 'if (!task) return 0;'], tasks: ['task'], returns: ['0', '1'], tracing: true, btf: true, sleepable: true, seq: 'ctx->meta->seq' },
  { section: 'syscall', generic: true, context: 'struct request', numbers: ['ctx->a', 'ctx->b', 'ctx->c', 'ctx->d'], writes: ['ctx->a', 'ctx->d'], returns: ['0', '1', '-1'], sleepable: true },
  {
    section: 'struct_ops',
    context: '__u64',
    numbers: [],
    returns: ['0', '1', '2', '100'],
    generic: true,
    perProgram: ['ssthresh', 'undo_cwnd', 'sndbuf_expand', 'min_tso_segs', 'init', 'set_state', 'cwnd_event', 'in_ack_event', 'cong_avoid', 'pkts_acked'].map((member, no) => ({
      opening: SOCK,
      numbers: ['tp->snd_cwnd', 'tp->srtt_us', 'sk->sk_rcvbuf', ...(no > 4 ? ['ctx[1]'] : []), ...(member === 'cong_avoid' ? ['ctx[2]'] : [])],
    })),
    closing: `SEC(".struct_ops") struct tcp_congestion_ops table_ = { .ssthresh = (void *)p0, .undo_cwnd = (void *)p1, .sndbuf_expand = (void *)p2, .min_tso_segs = (void *)p3, .init = (void *)p4, .set_state = (void *)p5, .cwnd_event = (void *)p6, .in_ack_event = (void *)p7, .cong_avoid = (void *)p8, .pkts_acked = (void *)p9, .name = "rootlet" };`,
  },
];

/** What contexts are made of that the kernel's headers do not show. */
export const CONTEXTS = `#include <asm/ptrace.h>
#include <linux/bpf_perf_event.h>
struct request { __u64 a; __s64 b; __u32 c; __s32 d; };
struct sys_enter { __u64 common; long id; unsigned long args[6]; };
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct net_device { int ifindex; unsigned int mtu; };
struct sk_buff { unsigned int len, mark, priority, hash; __u16 protocol; struct net_device *dev; struct sock *sk; };
struct nf_hook_state { __u8 hook, pf; struct net_device *in, *out; };
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk); void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked); void (*set_state)(struct sock *sk, __u8 state);
	void (*cwnd_event)(struct sock *sk, int event); void (*in_ack_event)(struct sock *sk, __u32 flags); void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	__u32 (*min_tso_segs)(struct sock *sk); __u32 (*undo_cwnd)(struct sock *sk); __u32 (*sndbuf_expand)(struct sock *sk); void (*init)(struct sock *sk); char name[16];
};
struct bpf_nf_ctx { const struct nf_hook_state *state; struct sk_buff *skb; };
#pragma clang attribute pop
`;
