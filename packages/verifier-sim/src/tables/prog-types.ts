// What may a program of this type do?
import * as uapi from '@rootlet/uapi';
import { contextFields, findContextAccess, findField } from './context.ts';
import { BASE_HELPERS, FURTHER_HELPERS } from './generated/helper-availability.ts';
import { ATTACH_TYPES, PROG_FACTS } from './generated/prog-facts.ts';
import type { ProgFacts } from './generated/prog-facts.ts';
import type { ProgTypeRow } from './types.ts';

/** C name of the context structure, as global functions' prototypes name it. */
const CTX_STRUCTS: Readonly<Record<number, string>> = {
  [uapi.BPF_PROG_TYPE_SOCKET_FILTER]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_KPROBE]: 'bpf_user_pt_regs_t',
  [uapi.BPF_PROG_TYPE_SCHED_CLS]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_SCHED_ACT]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_TRACEPOINT]: '__u64',
  [uapi.BPF_PROG_TYPE_XDP]: 'xdp_md',
  [uapi.BPF_PROG_TYPE_PERF_EVENT]: 'bpf_perf_event_data',
  [uapi.BPF_PROG_TYPE_CGROUP_SKB]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCK]: 'bpf_sock',
  [uapi.BPF_PROG_TYPE_LWT_IN]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_LWT_OUT]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_LWT_XMIT]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_SOCK_OPS]: 'bpf_sock_ops',
  [uapi.BPF_PROG_TYPE_SK_SKB]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_CGROUP_DEVICE]: 'bpf_cgroup_dev_ctx',
  [uapi.BPF_PROG_TYPE_SK_MSG]: 'sk_msg_md',
  [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT]: 'bpf_raw_tracepoint_args',
  [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE]: 'bpf_raw_tracepoint_args',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR]: 'bpf_sock_addr',
  [uapi.BPF_PROG_TYPE_SK_REUSEPORT]: 'sk_reuseport_md',
  [uapi.BPF_PROG_TYPE_FLOW_DISSECTOR]: '__sk_buff',
  [uapi.BPF_PROG_TYPE_CGROUP_SYSCTL]: 'bpf_sysctl',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT]: 'bpf_sockopt',
  [uapi.BPF_PROG_TYPE_TRACING]: '__u64',
  [uapi.BPF_PROG_TYPE_STRUCT_OPS]: '__u64',
  [uapi.BPF_PROG_TYPE_EXT]: '',
  [uapi.BPF_PROG_TYPE_LSM]: '__u64',
  [uapi.BPF_PROG_TYPE_SK_LOOKUP]: 'bpf_sk_lookup',
  [uapi.BPF_PROG_TYPE_SYSCALL]: 'void',
  [uapi.BPF_PROG_TYPE_NETFILTER]: 'bpf_nf_ctx',
};

/** What the kernel has behind it, which programs see that trace one of the type. */
const CTX_BEHIND: Readonly<Record<number, string>> = {
  [uapi.BPF_PROG_TYPE_KPROBE]: 'pt_regs',
  [uapi.BPF_PROG_TYPE_TRACEPOINT]: 'u64',
  [uapi.BPF_PROG_TYPE_XDP]: 'xdp_buff',
  [uapi.BPF_PROG_TYPE_PERF_EVENT]: 'bpf_perf_event_data_kern',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCK]: 'sock',
  [uapi.BPF_PROG_TYPE_SOCK_OPS]: 'bpf_sock_ops_kern',
  [uapi.BPF_PROG_TYPE_CGROUP_DEVICE]: 'bpf_cgroup_dev_ctx',
  [uapi.BPF_PROG_TYPE_SK_MSG]: 'sk_msg',
  [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT]: 'u64',
  [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE]: 'u64',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR]: 'bpf_sock_addr_kern',
  [uapi.BPF_PROG_TYPE_SK_REUSEPORT]: 'sk_reuseport_kern',
  [uapi.BPF_PROG_TYPE_FLOW_DISSECTOR]: 'bpf_flow_dissector',
  [uapi.BPF_PROG_TYPE_CGROUP_SYSCTL]: 'bpf_sysctl_kern',
  [uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT]: 'bpf_sockopt_kern',
  [uapi.BPF_PROG_TYPE_SK_LOOKUP]: 'bpf_sk_lookup_kern',
  [uapi.BPF_PROG_TYPE_NETFILTER]: 'bpf_nf_ctx',
};
/** Of all other types with a struct for it. */
const PACKET_BEHIND = 'sk_buff';

/** Whose context no one translates. */
const PLAIN_CONTEXTS: readonly number[] = [
  uapi.BPF_PROG_TYPE_KPROBE,
  uapi.BPF_PROG_TYPE_TRACEPOINT,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
  uapi.BPF_PROG_TYPE_TRACING,
  uapi.BPF_PROG_TYPE_STRUCT_OPS,
  uapi.BPF_PROG_TYPE_LSM,
  uapi.BPF_PROG_TYPE_CGROUP_DEVICE,
  uapi.BPF_PROG_TYPE_SYSCALL,
  uapi.BPF_PROG_TYPE_NETFILTER,
];

/** Program types without a row, and why. */
export const PROG_TYPES_NOT_YET: Readonly<Record<number, string>> = {
  [uapi.BPF_PROG_TYPE_UNSPEC]: 'not a program type',
  [uapi.BPF_PROG_TYPE_LIRC_MODE2]: 'the kernels that were asked are built without infrared receivers, and refuse it (EINVAL)',
};

/** Types that the kernel of the tables lets nobody load: what was asked of Linux 6.12 (`tables/generated/hooks.ts`). */
const UNPROBED: Readonly<Record<number, ProgFacts>> = {
  [uapi.BPF_PROG_TYPE_EXT]: { ldAbs: false, packetRead: false, packetWrite: false },
  [uapi.BPF_PROG_TYPE_LSM]: { ldAbs: false, packetRead: false, packetWrite: false },
};

const UNPROBED_ATTACH_TYPES: Readonly<Record<number, readonly number[]>> = { [uapi.BPF_PROG_TYPE_EXT]: [0] };

const base: ReadonlySet<number> = /* @__PURE__ */ new Set(BASE_HELPERS);

/** The entry for the attach type, else that of the program type. */
function select<T>(table: Readonly<Record<string, T>>, progType: number, attachType: number): T | undefined {
  return table[`${progType}:${attachType}`] ?? table[progType];
}

function createRow(id: number, ctxStruct: string, facts: ProgFacts): ProgTypeRow {
  // What Linux 6.12 offers to security hooks is what tracing programs have, and more.
  const helpersOf = id === uapi.BPF_PROG_TYPE_LSM ? uapi.BPF_PROG_TYPE_TRACING : id;
  const factsOf = (attachType: number): ProgFacts => select(PROG_FACTS, id, attachType) ?? facts;
  return {
    id,
    name: uapi.progTypeStr(id) ?? '',
    ctxStruct,
    ctxBehind: CTX_BEHIND[id] ?? PACKET_BEHIND,
    attachTypes: UNPROBED_ATTACH_TYPES[id] ?? ATTACH_TYPES[id],
    findContextAccess: (byteOff, size, write, attachType, signExtend = false) =>
      findContextAccess(id, byteOff, size, write, attachType, signExtend),
    findTranslatedField: (byteOff, attachType) => (PLAIN_CONTEXTS.includes(id) ? undefined : findField(contextFields(id, attachType) ?? [], byteOff)),
    allowsHelper: (helper, attachType) =>
      base.has(helper) || (select(FURTHER_HELPERS, helpersOf, attachType)?.includes(helper) ?? false),
    plainContext: PLAIN_CONTEXTS.includes(id),
    packetRead: facts.packetRead,
    packetWrite: facts.packetWrite,
    returnRange: (attachType) => factsOf(attachType).returns,
    checksReturn: (attachType) => factsOf(attachType).returns !== undefined,
    ldAbs: facts.ldAbs,
  };
}

/**
 * The row of a program type.
 *
 * @returns undefined for types that rootlet does not know yet (see {@link PROG_TYPES_NOT_YET}) and for numbers that are none
 */
export function findProgType(id: number): ProgTypeRow | undefined {
  const ctxStruct = CTX_STRUCTS[id];
  const facts = PROG_FACTS[id] ?? UNPROBED[id];
  return ctxStruct === undefined || facts === undefined ? undefined : createRow(id, ctxStruct, facts);
}
