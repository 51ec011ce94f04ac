// What kind of program does a section name announce?
// Names, types and attach types: libbpf's documentation, "Program Types and ELF Sections".
import * as uapi from '@rootlet/uapi';

/** What a section name says about the programs in it. */
export interface SectionDef {
  /** `BPF_PROG_TYPE_*`. */
  readonly type: number;
  readonly expectedAttachType: number;
  /** `BPF_F_*` load flags. */
  readonly flags: number;
  /** What follows the first `/`, where the definition takes a target. */
  readonly target: string | undefined;
}

const SLEEPABLE = uapi.BPF_F_SLEEPABLE;
const FRAGS = uapi.BPF_F_XDP_HAS_FRAGS;

/** One row a definition: name (a trailing `+` takes `/target`), program type, expected attach type, load flags. */
type Row = readonly [name: string, type: number, attachType: number, flags?: number];

const ROWS: readonly Row[] = [
  ['socket', uapi.BPF_PROG_TYPE_SOCKET_FILTER, 0],
  ['sk_reuseport/migrate', uapi.BPF_PROG_TYPE_SK_REUSEPORT, uapi.BPF_SK_REUSEPORT_SELECT_OR_MIGRATE],
  ['sk_reuseport', uapi.BPF_PROG_TYPE_SK_REUSEPORT, uapi.BPF_SK_REUSEPORT_SELECT],
  ['kprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['uprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['uprobe.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE],
  ['kretprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['uretprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['uretprobe.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE],
  ['kprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_MULTI],
  ['kretprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_MULTI],
  ['kprobe.session+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_SESSION],
  ['uprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI],
  ['uretprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI],
  ['uprobe.session+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_SESSION],
  ['uprobe.multi.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, SLEEPABLE],
  ['uretprobe.multi.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, SLEEPABLE],
  ['uprobe.session.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_SESSION, SLEEPABLE],
  ['ksyscall+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['kretsyscall+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['usdt+', uapi.BPF_PROG_TYPE_KPROBE, 0],
  ['usdt.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE],
  ['tc/ingress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_INGRESS],
  ['tc/egress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_EGRESS],
  ['tcx/ingress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_INGRESS],
  ['tcx/egress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_EGRESS],
  ['tc', uapi.BPF_PROG_TYPE_SCHED_CLS, 0],
  ['classifier', uapi.BPF_PROG_TYPE_SCHED_CLS, 0],
  ['action', uapi.BPF_PROG_TYPE_SCHED_ACT, 0],
  ['netkit/primary', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_NETKIT_PRIMARY],
  ['netkit/peer', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_NETKIT_PEER],
  ['tracepoint+', uapi.BPF_PROG_TYPE_TRACEPOINT, 0],
  ['tp+', uapi.BPF_PROG_TYPE_TRACEPOINT, 0],
  ['raw_tracepoint+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT, 0],
  ['raw_tp+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT, 0],
  ['raw_tracepoint.w+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0],
  ['raw_tp.w+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0],
  ['tp_btf+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_RAW_TP],
  ['fentry+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FENTRY],
  ['fmod_ret+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_MODIFY_RETURN],
  ['fexit+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FEXIT],
  ['fentry.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FENTRY, SLEEPABLE],
  ['fmod_ret.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_MODIFY_RETURN, SLEEPABLE],
  ['fexit.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FEXIT, SLEEPABLE],
  ['freplace+', uapi.BPF_PROG_TYPE_EXT, 0],
  ['lsm+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_MAC],
  ['lsm.s+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_MAC, SLEEPABLE],
  ['lsm_cgroup+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_CGROUP],
  ['iter+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_ITER],
  ['iter.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_ITER, SLEEPABLE],
  ['syscall', uapi.BPF_PROG_TYPE_SYSCALL, 0, SLEEPABLE],
  ['xdp.frags/devmap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_DEVMAP, FRAGS],
  ['xdp/devmap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_DEVMAP],
  ['xdp.frags/cpumap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_CPUMAP, FRAGS],
  ['xdp/cpumap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_CPUMAP],
  ['xdp.frags', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP, FRAGS],
  ['xdp', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP],
  ['perf_event', uapi.BPF_PROG_TYPE_PERF_EVENT, 0],
  ['lwt_in', uapi.BPF_PROG_TYPE_LWT_IN, 0],
  ['lwt_out', uapi.BPF_PROG_TYPE_LWT_OUT, 0],
  ['lwt_xmit', uapi.BPF_PROG_TYPE_LWT_XMIT, 0],
  ['lwt_seg6local', uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL, 0],
  ['sockops', uapi.BPF_PROG_TYPE_SOCK_OPS, uapi.BPF_CGROUP_SOCK_OPS],
  ['sk_skb/stream_parser', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_STREAM_PARSER],
  ['sk_skb/stream_verdict', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_STREAM_VERDICT],
  ['sk_skb/verdict', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_VERDICT],
  ['sk_skb', uapi.BPF_PROG_TYPE_SK_SKB, 0],
  ['sk_msg', uapi.BPF_PROG_TYPE_SK_MSG, uapi.BPF_SK_MSG_VERDICT],
  ['lirc_mode2', uapi.BPF_PROG_TYPE_LIRC_MODE2, uapi.BPF_LIRC_MODE2],
  ['flow_dissector', uapi.BPF_PROG_TYPE_FLOW_DISSECTOR, uapi.BPF_FLOW_DISSECTOR],
  ['cgroup_skb/ingress', uapi.BPF_PROG_TYPE_CGROUP_SKB, uapi.BPF_CGROUP_INET_INGRESS],
  ['cgroup_skb/egress', uapi.BPF_PROG_TYPE_CGROUP_SKB, uapi.BPF_CGROUP_INET_EGRESS],
  ['cgroup/skb', uapi.BPF_PROG_TYPE_CGROUP_SKB, 0],
  ['cgroup/sock_create', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_CREATE],
  ['cgroup/sock_release', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_RELEASE],
  ['cgroup/sock', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_CREATE],
  ['cgroup/post_bind4', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET4_POST_BIND],
  ['cgroup/post_bind6', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET6_POST_BIND],
  ['cgroup/bind4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_BIND],
  ['cgroup/bind6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_BIND],
  ['cgroup/connect4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_CONNECT],
  ['cgroup/connect6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_CONNECT],
  ['cgroup/connect_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_CONNECT],
  ['cgroup/sendmsg4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP4_SENDMSG],
  ['cgroup/sendmsg6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP6_SENDMSG],
  ['cgroup/sendmsg_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_SENDMSG],
  ['cgroup/recvmsg4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP4_RECVMSG],
  ['cgroup/recvmsg6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP6_RECVMSG],
  ['cgroup/recvmsg_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_RECVMSG],
  ['cgroup/getpeername4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_GETPEERNAME],
  ['cgroup/getpeername6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_GETPEERNAME],
  ['cgroup/getpeername_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_GETPEERNAME],
  ['cgroup/getsockname4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_GETSOCKNAME],
  ['cgroup/getsockname6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_GETSOCKNAME],
  ['cgroup/getsockname_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_GETSOCKNAME],
  ['cgroup/sysctl', uapi.BPF_PROG_TYPE_CGROUP_SYSCTL, uapi.BPF_CGROUP_SYSCTL],
  ['cgroup/getsockopt', uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT, uapi.BPF_CGROUP_GETSOCKOPT],
  ['cgroup/setsockopt', uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT, uapi.BPF_CGROUP_SETSOCKOPT],
  ['cgroup/dev', uapi.BPF_PROG_TYPE_CGROUP_DEVICE, uapi.BPF_CGROUP_DEVICE],
  ['struct_ops+', uapi.BPF_PROG_TYPE_STRUCT_OPS, 0],
  ['struct_ops.s+', uapi.BPF_PROG_TYPE_STRUCT_OPS, 0, SLEEPABLE],
  ['sk_lookup', uapi.BPF_PROG_TYPE_SK_LOOKUP, uapi.BPF_SK_LOOKUP],
  ['netfilter', uapi.BPF_PROG_TYPE_NETFILTER, uapi.BPF_NETFILTER],
];

/**
 * What a section name (without a leading `?`) announces; undefined when it is no program section that libbpf knows.
 *
 * @source libbpf documentation, "Program Types and ELF Sections"; libbpf_prog_type_by_name
 */
export function findSectionDef(sectionName: string): SectionDef | undefined {
  for (const [name, type, expectedAttachType, flags = 0] of ROWS) {
    if (!name.endsWith('+')) {
      if (sectionName === name) return { type, expectedAttachType, flags, target: undefined };
      continue;
    }
    const stem = name.slice(0, -1);
    if (sectionName === stem) return { type, expectedAttachType, flags, target: undefined };
    if (sectionName.startsWith(`${stem}/`)) {
      return { type, expectedAttachType, flags, target: sectionName.slice(stem.length + 1) };
    }
  }
  return undefined;
}

/** All section names that have a definition, with a trailing `+` where a target may follow. */
export function listSectionNames(): readonly string[] {
  return ROWS.map(([name]) => name);
}
