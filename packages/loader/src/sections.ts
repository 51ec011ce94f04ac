// What kind of program does a section name announce?
//
// Names, types and attach types as libbpf 1.7 answers them: tools/sections-diff.mjs asks it about every name here and a thousand
// that look like one; its answers stand in test/fixtures/sections.json.
import * as uapi from '@rootlet/uapi';

/** What a section name says about the programs in it. */
export interface SectionDef {
  /** `BPF_PROG_TYPE_*`. */
  readonly type: number;
  readonly expectedAttachType: number;
  /** `BPF_F_*` load flags. */
  readonly flags: number;
  /** What follows the first `/`, where the definition takes a target: see `parseAttachTarget`. */
  readonly target: string | undefined;
  /** Whether such a program can be attached without more being said than its section does. */
  readonly autoAttach: boolean;
  /** Whether the expected attach type is one to attach by (`BPF_PROG_ATTACH`), as for a cgroup, socket map or network namespace. */
  readonly attachable: boolean;
}

const SLEEPABLE = uapi.BPF_F_SLEEPABLE;
const FRAGS = uapi.BPF_F_XDP_HAS_FRAGS;
/** Entry and exit of a function as one program; newer than the UAPI header that @rootlet/uapi is made from. */
const BPF_TRACE_FSESSION = 58;

/** How such programs come to run. */
type Attachment =
  /** The section's target says where. */
  | 'target'
  /** The same, with a path to a file in front. */
  | 'path'
  /** The section, or the target that was set before loading, says where. */
  | 'always'
  /** By attach type, to something that must be named: cgroup, socket map. */
  | 'type'
  /** By a call of their own. */
  | undefined;
const WITH_TARGET: Attachment = 'target';
const WITH_PATH: Attachment = 'path';
const ALWAYS: Attachment = 'always';
const BY_TYPE: Attachment = 'type';

/** One row a definition: name (a trailing `+` takes `/target`), program type, expected attach type, load flags, attachment. */
type Row = readonly [name: string, type: number, attachType: number, flags?: number, attachment?: Attachment];

const ROWS: readonly Row[] = [
  ['socket', uapi.BPF_PROG_TYPE_SOCKET_FILTER, 0],
  ['sk_reuseport/migrate', uapi.BPF_PROG_TYPE_SK_REUSEPORT, uapi.BPF_SK_REUSEPORT_SELECT_OR_MIGRATE, 0, BY_TYPE],
  ['sk_reuseport', uapi.BPF_PROG_TYPE_SK_REUSEPORT, uapi.BPF_SK_REUSEPORT_SELECT, 0, BY_TYPE],
  ['kprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_TARGET],
  ['uprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_PATH],
  ['uprobe.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE, WITH_PATH],
  ['kretprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_TARGET],
  ['uretprobe+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_PATH],
  ['uretprobe.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE, WITH_PATH],
  ['kprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_MULTI, 0, WITH_TARGET],
  ['kretprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_MULTI, 0, WITH_TARGET],
  ['kprobe.session+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_SESSION, 0, WITH_TARGET],
  ['uprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, 0, WITH_PATH],
  ['uretprobe.multi+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, 0, WITH_PATH],
  ['uprobe.session+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_SESSION, 0, WITH_PATH],
  ['uprobe.multi.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, SLEEPABLE, WITH_PATH],
  ['uretprobe.multi.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, SLEEPABLE, WITH_PATH],
  ['uprobe.session.s+', uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_SESSION, SLEEPABLE, WITH_PATH],
  ['ksyscall+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_TARGET],
  ['kretsyscall+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_TARGET],
  ['usdt+', uapi.BPF_PROG_TYPE_KPROBE, 0, 0, WITH_TARGET],
  ['usdt.s+', uapi.BPF_PROG_TYPE_KPROBE, 0, SLEEPABLE, ALWAYS],
  ['tc/ingress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_INGRESS],
  ['tc/egress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_EGRESS],
  ['tcx/ingress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_INGRESS],
  ['tcx/egress', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_TCX_EGRESS],
  ['tc', uapi.BPF_PROG_TYPE_SCHED_CLS, 0],
  ['classifier', uapi.BPF_PROG_TYPE_SCHED_CLS, 0],
  ['action', uapi.BPF_PROG_TYPE_SCHED_ACT, 0],
  ['netkit/primary', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_NETKIT_PRIMARY],
  ['netkit/peer', uapi.BPF_PROG_TYPE_SCHED_CLS, uapi.BPF_NETKIT_PEER],
  ['tracepoint+', uapi.BPF_PROG_TYPE_TRACEPOINT, 0, 0, WITH_TARGET],
  ['tp+', uapi.BPF_PROG_TYPE_TRACEPOINT, 0, 0, WITH_TARGET],
  ['raw_tracepoint+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, WITH_TARGET],
  ['raw_tp+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, WITH_TARGET],
  ['raw_tracepoint.w+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0, WITH_TARGET],
  ['raw_tp.w+', uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0, WITH_TARGET],
  ['tp_btf+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_RAW_TP, 0, ALWAYS],
  ['fentry+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FENTRY, 0, ALWAYS],
  ['fmod_ret+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_MODIFY_RETURN, 0, ALWAYS],
  ['fexit+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FEXIT, 0, ALWAYS],
  ['fentry.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FENTRY, SLEEPABLE, ALWAYS],
  ['fmod_ret.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_MODIFY_RETURN, SLEEPABLE, ALWAYS],
  ['fexit.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_FEXIT, SLEEPABLE, ALWAYS],
  ['fsession+', uapi.BPF_PROG_TYPE_TRACING, BPF_TRACE_FSESSION, 0, ALWAYS],
  ['fsession.s+', uapi.BPF_PROG_TYPE_TRACING, BPF_TRACE_FSESSION, SLEEPABLE, ALWAYS],
  ['freplace+', uapi.BPF_PROG_TYPE_EXT, 0, 0, ALWAYS],
  ['lsm+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_MAC, 0, ALWAYS],
  ['lsm.s+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_MAC, SLEEPABLE, ALWAYS],
  ['lsm_cgroup+', uapi.BPF_PROG_TYPE_LSM, uapi.BPF_LSM_CGROUP],
  ['iter+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_ITER, 0, ALWAYS],
  ['iter.s+', uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_TRACE_ITER, SLEEPABLE, ALWAYS],
  ['syscall', uapi.BPF_PROG_TYPE_SYSCALL, 0, SLEEPABLE],
  ['xdp.frags/devmap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_DEVMAP, FRAGS],
  ['xdp/devmap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_DEVMAP, 0, BY_TYPE],
  ['xdp.frags/cpumap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_CPUMAP, FRAGS],
  ['xdp/cpumap', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP_CPUMAP, 0, BY_TYPE],
  ['xdp.frags', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP, FRAGS],
  ['xdp', uapi.BPF_PROG_TYPE_XDP, uapi.BPF_XDP, 0, BY_TYPE],
  ['perf_event', uapi.BPF_PROG_TYPE_PERF_EVENT, 0],
  ['lwt_in', uapi.BPF_PROG_TYPE_LWT_IN, 0],
  ['lwt_out', uapi.BPF_PROG_TYPE_LWT_OUT, 0],
  ['lwt_xmit', uapi.BPF_PROG_TYPE_LWT_XMIT, 0],
  ['lwt_seg6local', uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL, 0],
  ['sockops', uapi.BPF_PROG_TYPE_SOCK_OPS, uapi.BPF_CGROUP_SOCK_OPS, 0, BY_TYPE],
  ['sk_skb/stream_parser', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_STREAM_PARSER, 0, BY_TYPE],
  ['sk_skb/stream_verdict', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_STREAM_VERDICT, 0, BY_TYPE],
  ['sk_skb/verdict', uapi.BPF_PROG_TYPE_SK_SKB, uapi.BPF_SK_SKB_VERDICT, 0, BY_TYPE],
  ['sk_skb', uapi.BPF_PROG_TYPE_SK_SKB, 0],
  ['sk_msg', uapi.BPF_PROG_TYPE_SK_MSG, uapi.BPF_SK_MSG_VERDICT, 0, BY_TYPE],
  ['lirc_mode2', uapi.BPF_PROG_TYPE_LIRC_MODE2, uapi.BPF_LIRC_MODE2, 0, BY_TYPE],
  ['flow_dissector', uapi.BPF_PROG_TYPE_FLOW_DISSECTOR, uapi.BPF_FLOW_DISSECTOR, 0, BY_TYPE],
  ['cgroup_skb/ingress', uapi.BPF_PROG_TYPE_CGROUP_SKB, uapi.BPF_CGROUP_INET_INGRESS, 0, BY_TYPE],
  ['cgroup_skb/egress', uapi.BPF_PROG_TYPE_CGROUP_SKB, uapi.BPF_CGROUP_INET_EGRESS, 0, BY_TYPE],
  ['cgroup/skb', uapi.BPF_PROG_TYPE_CGROUP_SKB, 0],
  ['cgroup/sock_create', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_CREATE, 0, BY_TYPE],
  ['cgroup/sock_release', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_RELEASE, 0, BY_TYPE],
  ['cgroup/sock', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET_SOCK_CREATE, 0, BY_TYPE],
  ['cgroup/post_bind4', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET4_POST_BIND, 0, BY_TYPE],
  ['cgroup/post_bind6', uapi.BPF_PROG_TYPE_CGROUP_SOCK, uapi.BPF_CGROUP_INET6_POST_BIND, 0, BY_TYPE],
  ['cgroup/bind4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_BIND, 0, BY_TYPE],
  ['cgroup/bind6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_BIND, 0, BY_TYPE],
  ['cgroup/connect4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_CONNECT, 0, BY_TYPE],
  ['cgroup/connect6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_CONNECT, 0, BY_TYPE],
  ['cgroup/connect_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_CONNECT, 0, BY_TYPE],
  ['cgroup/sendmsg4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP4_SENDMSG, 0, BY_TYPE],
  ['cgroup/sendmsg6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP6_SENDMSG, 0, BY_TYPE],
  ['cgroup/sendmsg_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_SENDMSG, 0, BY_TYPE],
  ['cgroup/recvmsg4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP4_RECVMSG, 0, BY_TYPE],
  ['cgroup/recvmsg6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UDP6_RECVMSG, 0, BY_TYPE],
  ['cgroup/recvmsg_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_RECVMSG, 0, BY_TYPE],
  ['cgroup/getpeername4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_GETPEERNAME, 0, BY_TYPE],
  ['cgroup/getpeername6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_GETPEERNAME, 0, BY_TYPE],
  ['cgroup/getpeername_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_GETPEERNAME, 0, BY_TYPE],
  ['cgroup/getsockname4', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET4_GETSOCKNAME, 0, BY_TYPE],
  ['cgroup/getsockname6', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_INET6_GETSOCKNAME, 0, BY_TYPE],
  ['cgroup/getsockname_unix', uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, uapi.BPF_CGROUP_UNIX_GETSOCKNAME, 0, BY_TYPE],
  ['cgroup/sysctl', uapi.BPF_PROG_TYPE_CGROUP_SYSCTL, uapi.BPF_CGROUP_SYSCTL, 0, BY_TYPE],
  ['cgroup/getsockopt', uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT, uapi.BPF_CGROUP_GETSOCKOPT, 0, BY_TYPE],
  ['cgroup/setsockopt', uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT, uapi.BPF_CGROUP_SETSOCKOPT, 0, BY_TYPE],
  ['cgroup/dev', uapi.BPF_PROG_TYPE_CGROUP_DEVICE, uapi.BPF_CGROUP_DEVICE, 0, BY_TYPE],
  ['struct_ops+', uapi.BPF_PROG_TYPE_STRUCT_OPS, 0],
  ['struct_ops.s+', uapi.BPF_PROG_TYPE_STRUCT_OPS, 0, SLEEPABLE],
  ['sk_lookup', uapi.BPF_PROG_TYPE_SK_LOOKUP, uapi.BPF_SK_LOOKUP, 0, BY_TYPE],
  ['netfilter', uapi.BPF_PROG_TYPE_NETFILTER, uapi.BPF_NETFILTER],
];

const byName = /* @__PURE__ */ new Map<string, Row>(ROWS.map((row) => [row[0], row]));

/**
 * What a section name (without a leading `?`) announces; undefined when it is no program section that libbpf knows.
 *
 * @source libbpf documentation, "Program Types and ELF Sections"
 */
export function findSectionDef(sectionName: string): SectionDef | undefined {
  const exact = byName.get(sectionName) ?? byName.get(`${sectionName}+`);
  // A name that ends in a plus sign is only the table's.
  if (exact !== undefined) return sectionName.endsWith('+') ? undefined : describe(exact, undefined);
  const slash = sectionName.indexOf('/');
  const row = slash < 0 ? undefined : byName.get(`${sectionName.slice(0, slash)}+`);
  return row === undefined ? undefined : describe(row, sectionName.slice(slash + 1));
}

function describe([, type, expectedAttachType, flags = 0, attachment]: Row, target: string | undefined): SectionDef {
  return {
    type,
    expectedAttachType,
    flags,
    target,
    autoAttach:
      attachment === 'always' ||
      (attachment === 'target' && target !== undefined) ||
      (attachment === 'path' && target !== undefined && /^[^:]/.test(target)),
    attachable: attachment === 'type',
  };
}

/**
 * The program type and expected attach type of a section name; undefined when libbpf knows none.
 *
 * @libbpf libbpf_prog_type_by_name
 */
export function findProgTypeByName(sectionName: string): { readonly type: number; readonly expectedAttachType: number } | undefined {
  const def = findSectionDef(sectionName);
  return def === undefined ? undefined : { type: def.type, expectedAttachType: def.expectedAttachType };
}

/**
 * The attach type by which programs of a section are attached; undefined when they are not, or the name is not known.
 *
 * @libbpf libbpf_attach_type_by_name
 */
export function findAttachTypeByName(sectionName: string): number | undefined {
  const def = findSectionDef(sectionName);
  return def?.attachable === true ? def.expectedAttachType : undefined;
}

/** All section names that have a definition, with a trailing `+` where a target may follow. */
export function listSectionNames(): readonly string[] {
  return ROWS.map(([name]) => name);
}
