// Which section names are worth asking about?

/** Names that libbpf knows, a trailing `+` where a target may follow; the spellings stand in its shared library. */
export const KNOWN = `socket sk_reuseport/migrate sk_reuseport kprobe+ uprobe+ uprobe.s+ kretprobe+ uretprobe+ uretprobe.s+ kprobe.multi+
  kretprobe.multi+ kprobe.session+ uprobe.multi+ uretprobe.multi+ uprobe.session+ uprobe.multi.s+ uretprobe.multi.s+ uprobe.session.s+
  ksyscall+ kretsyscall+ usdt+ usdt.s+ tc/ingress tc/egress tcx/ingress tcx/egress tc classifier action netkit/primary netkit/peer
  tracepoint+ tp+ raw_tracepoint+ raw_tp+ raw_tracepoint.w+ raw_tp.w+ tp_btf+ fentry+ fmod_ret+ fexit+ fentry.s+ fmod_ret.s+ fexit.s+
  fsession+ fsession.s+ freplace+ lsm+ lsm.s+ lsm_cgroup+ iter+ iter.s+ syscall xdp.frags/devmap xdp/devmap xdp.frags/cpumap xdp/cpumap
  xdp.frags xdp perf_event lwt_in lwt_out lwt_xmit lwt_seg6local sockops sk_skb/stream_parser sk_skb/stream_verdict sk_skb/verdict
  sk_skb sk_msg lirc_mode2 flow_dissector cgroup_skb/ingress cgroup_skb/egress cgroup/skb cgroup/sock_create cgroup/sock_release
  cgroup/sock cgroup/post_bind4 cgroup/post_bind6 cgroup/bind4 cgroup/bind6 cgroup/connect4 cgroup/connect6 cgroup/connect_unix
  cgroup/sendmsg4 cgroup/sendmsg6 cgroup/sendmsg_unix cgroup/recvmsg4 cgroup/recvmsg6 cgroup/recvmsg_unix cgroup/getpeername4
  cgroup/getpeername6 cgroup/getpeername_unix cgroup/getsockname4 cgroup/getsockname6 cgroup/getsockname_unix cgroup/sysctl
  cgroup/getsockopt cgroup/setsockopt cgroup/dev struct_ops+ struct_ops.s+ sk_lookup netfilter`.split(/\s+/);

/** Real targets, for names whose targets libbpf looks up before it loads. */
const TARGETS = [
  'fentry/bpf_fentry_test1', 'fentry.s/bpf_fentry_test1', 'fexit/bpf_fentry_test1', 'fexit.s/bpf_fentry_test1', 'fmod_ret/bpf_modify_return_test',
  'fmod_ret.s/bpf_modify_return_test', 'fsession/bpf_fentry_test1', 'fsession.s/bpf_fentry_test1', 'lsm/file_open', 'lsm.s/file_open',
  'lsm_cgroup/socket_bind', 'iter/task', 'iter.s/task', 'tp_btf/sched_switch', 'lsm/', 'fentry/no_such_function', 'tracepoint/sched/sched_switch',
  'tp/sched/sched_switch', 'tp/sched', 'tp/sched/', 'raw_tp/sched_switch', 'raw_tracepoint/sched_switch', 'raw_tp.w/nbd_send_request', 'raw_tracepoint.w/x',
  'raw_tp/', 'kprobe/do_nanosleep', 'kprobe/do_nanosleep+4', 'kretprobe/do_nanosleep', 'kretprobe/do_nanosleep+4', 'kprobe.multi/tcp_*', 'ksyscall/read',
  'kretsyscall/read', 'uprobe//proc/self/exe:main', 'uprobe/libc.so.6:malloc+0x10', 'uretprobe/libc.so.6:malloc', 'uprobe.multi/libc.so.6:mall*',
  'usdt/libc.so.6:libc:setjmp', 'usdt/x', 'struct_ops/init', 'struct_ops.s/init', 'freplace/target', 'kprobe.session/tcp_*', 'uprobe.session/libc.so.6:mall*',
];

/** What older libbpf or other tools accepted, and what looks like a name but is none. */
const ODD = [
  'socket_filter', 'socket1', 'xdp_prog', 'xdpfoo', 'xdp/', 'xdp_devmap/x', 'xdp_cpumap/x', 'xdp.frags_devmap', 'tc_cls', 'classifier/x', 'action/x', 'tcx', 'tcx/',
  'netkit', 'netkit/', 'cgroup', 'cgroup/', 'cgroup/connect', 'cgroup/skb/ingress', 'cgroup_skb', 'sk_skb/', 'sk_skb/stream', 'sk_reuseport/', 'sk_lookup/x',
  'lsm_cgroup.s/x', 'iter.t/x', 'kprobe.s/x', 'kretprobe.s/x', 'kprobe.multi.s/x', 'kretprobe.session/x', 'uretprobe.session/x', 'tp.s/sched/sched_switch',
  'tracepoint.s/sched/sched_switch', 'raw_tp.s/x', 'tp_btf.s/x', 'struct_ops.link', 'struct_ops.link/x', 'freplace.s/x', 'fentry.multi/x', 'fexit.multi/x', 'ksyscall.s/x',
  'seccomp', 'lirc_mode2/x', 'perf_event/x', 'syscall/x', 'netfilter/x', 'sockops/x', 'sk_msg/x', 'lwt_seg6local/x', 'tracing/x', 'prog', 'foo', '??xdp', '?foo', 'XDP',
  'kprobe foo', ' xdp', 'xdp ', 'fmod_ret/', 'uprobe:x', 'flow_dissector/x', 'cgroup/dev/x', 'cgroup_sock', 'device', 'kprobe.multi', 'usdt', 'uprobe', 'tracepoint',
];

/** All names, each once. */
export function listSectionCases() {
  const cases = KNOWN.flatMap((known) => {
    const name = known.replace(/\+$/, '');
    return [name, `?${name}`, `${name}/`, `${name}/foo`, `?${name}/foo`, `${name}/foo/bar`, `${name}x`, `${name}.`, `${name}.s`, `${name}.x/foo`, name.slice(0, -1), `${name}+`];
  });
  return [...new Set([...cases, ...TARGETS, ...ODD])];
}
