// Which program type does a function's context argument imply?
import {
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_FWD,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';

/** Program types by the struct that their context argument points to. */
const CONTEXT_TYPES: Readonly<Record<string, readonly number[]>> = {
  xdp_md: [uapi.BPF_PROG_TYPE_XDP],
  __sk_buff: [
    uapi.BPF_PROG_TYPE_SOCKET_FILTER,
    uapi.BPF_PROG_TYPE_SCHED_CLS,
    uapi.BPF_PROG_TYPE_SCHED_ACT,
    uapi.BPF_PROG_TYPE_CGROUP_SKB,
    uapi.BPF_PROG_TYPE_LWT_IN,
    uapi.BPF_PROG_TYPE_LWT_OUT,
    uapi.BPF_PROG_TYPE_LWT_XMIT,
    uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL,
    uapi.BPF_PROG_TYPE_SK_SKB,
    uapi.BPF_PROG_TYPE_FLOW_DISSECTOR,
  ],
  bpf_sock: [uapi.BPF_PROG_TYPE_CGROUP_SOCK],
  bpf_sock_addr: [uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR],
  bpf_sock_ops: [uapi.BPF_PROG_TYPE_SOCK_OPS],
  bpf_sockopt: [uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT],
  bpf_sysctl: [uapi.BPF_PROG_TYPE_CGROUP_SYSCTL],
  bpf_cgroup_dev_ctx: [uapi.BPF_PROG_TYPE_CGROUP_DEVICE],
  bpf_sk_lookup: [uapi.BPF_PROG_TYPE_SK_LOOKUP],
  sk_msg_md: [uapi.BPF_PROG_TYPE_SK_MSG],
  sk_reuseport_md: [uapi.BPF_PROG_TYPE_SK_REUSEPORT],
  bpf_perf_event_data: [uapi.BPF_PROG_TYPE_PERF_EVENT],
  bpf_raw_tracepoint_args: [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT],
  pt_regs: [uapi.BPF_PROG_TYPE_KPROBE],
};

/** What a prototype says about the context. */
export interface ContextInference {
  /** Struct name of the first context argument, e.g. `xdp_md`; undefined when no argument is one. */
  readonly structName: string | undefined;
  /** Index of that argument; undefined when no argument is one. */
  readonly paramIdx: number | undefined;
  /** Types that have this context; several are ambiguous. */
  readonly types: readonly number[];
  /** Whether the context is the only argument: the function can be a program. */
  readonly only: boolean;
}

const NO_CONTEXT: ContextInference = { structName: undefined, paramIdx: undefined, types: [], only: false };

/**
 * Finds the context among the arguments of a function.
 *
 * @param btf BTF of the object
 * @param funcId FUNC id
 */
export function inferContext(btf: Btf, funcId: number): ContextInference {
  if (btf.kind(funcId) !== BTF_KIND_FUNC) return NO_CONTEXT;
  const protoId = btf.refType(funcId);
  if (btf.kind(protoId) !== BTF_KIND_FUNC_PROTO) return NO_CONTEXT;
  const proto = btf.type(protoId);
  if (proto.kind !== BTF_KIND_FUNC_PROTO) return NO_CONTEXT;
  for (const [paramIdx, param] of proto.params.entries()) {
    const structName = contextStruct(btf, param.type);
    if (structName !== undefined) {
      return { structName, paramIdx, types: CONTEXT_TYPES[structName] ?? [], only: proto.params.length === 1 };
    }
  }
  return NO_CONTEXT;
}

/** Name of the context struct that a type points to; undefined when it is something else. */
function contextStruct(btf: Btf, typeId: number): string | undefined {
  const ptr = btf.resolveType(typeId);
  if (btf.kind(ptr) !== BTF_KIND_PTR) return undefined;
  const pointee = btf.resolveType(btf.refType(ptr));
  const kind = btf.kind(pointee);
  if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_FWD) return undefined;
  const name = btf.name(pointee);
  return Object.hasOwn(CONTEXT_TYPES, name) ? name : undefined;
}
