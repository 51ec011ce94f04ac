// To what can a program be attached, one shape for each kind?

/** Place among the other programs of a hook that several share. */
export interface AttachOrder {
  /** `BPF_F_BEFORE`, `BPF_F_AFTER`, `BPF_F_REPLACE`, `BPF_F_ID`, `BPF_F_PREORDER`. */
  readonly flags?: number;
  /** Program or link that it stands before or after; fd. */
  readonly relativeFd?: number;
  /** The same by id, with `BPF_F_ID`. */
  readonly relativeId?: number;
  /** Refused with `ESTALE` unless the hook has this revision. */
  readonly expectedRevision?: bigint;
}

/** How a probe is put in place: `link` a perf event with a link, `perf` a perf event alone, `legacy` through tracefs. Best first. */
export type ProbeMode = 'link' | 'perf' | 'legacy';

/** XDP on an interface. Flags: `XDP_FLAGS_*_MODE`. */
export interface XdpRequest {
  readonly kind: 'xdp';
  readonly ifindex: number;
  readonly flags?: number;
}

/** tcx and netkit, by interface; cgroup, by fd of the cgroup. */
export interface OrderedRequest extends AttachOrder {
  readonly kind: 'tcx' | 'netkit' | 'cgroup';
  /** `BPF_*` attach type. */
  readonly attachType: number;
  /** Interface index, or fd of a cgroup v2. */
  readonly target: number;
}

/** A network namespace (flow dissector, socket lookup) or a socket map or hash, by fd. */
export interface FdRequest {
  readonly kind: 'netns' | 'sockmap';
  readonly attachType: number;
  readonly targetFd: number;
}

/** A netfilter hook of the process's network namespace. */
export interface NetfilterRequest {
  readonly kind: 'netfilter';
  /** `NFPROTO_*`. */
  readonly pf: number;
  /** `NF_INET_*`. */
  readonly hooknum: number;
  /** Lower ones run first. */
  readonly priority: number;
  /** `BPF_F_NETFILTER_IP_DEFRAG`. */
  readonly flags?: number;
}

/** A raw tracepoint by name. */
export interface RawTracepointRequest {
  readonly kind: 'raw_tracepoint';
  readonly name: string;
  readonly cookie?: bigint;
}

/** What was named when the program was loaded: fentry, fexit, fmod_ret, tp_btf, LSM, freplace. */
export interface TraceRequest {
  readonly kind: 'trace';
  readonly attachType: number;
  readonly cookie?: bigint;
}

/** An iterator, over everything or over what is named. */
export interface IterRequest {
  readonly kind: 'iter';
  /** Map whose elements are visited. */
  readonly mapFd?: number;
  readonly cgroup?: { readonly order: number; readonly fd?: number; readonly id?: bigint };
  readonly task?: { readonly tid?: number; readonly pid?: number; readonly pidFd?: number };
}

/** A perf event that was opened already; borrowed. */
export interface PerfEventRequest {
  readonly kind: 'perf_event';
  readonly perfFd: number;
  readonly cookie?: bigint;
}

/** A static tracepoint. */
export interface TracepointRequest {
  readonly kind: 'tracepoint';
  readonly category: string;
  readonly name: string;
  readonly cookie?: bigint;
}

/** Entry or exit of a function of the kernel. */
export interface KprobeRequest {
  readonly kind: 'kprobe';
  readonly func: string;
  /** Bytes from the beginning of the function. */
  readonly byteOff?: number;
  readonly retprobe?: boolean;
  readonly cookie?: bigint;
  readonly mode?: ProbeMode;
}

/** Entry or exit of a system call, by its name without prefix. */
export interface KsyscallRequest {
  readonly kind: 'ksyscall';
  readonly syscall: string;
  readonly retprobe?: boolean;
  readonly cookie?: bigint;
}

/** Many functions of the kernel at once: a pattern with `*` and `?`, or names, or addresses. */
export interface KprobeMultiRequest {
  readonly kind: 'kprobe_multi';
  readonly pattern?: string;
  readonly syms?: readonly string[];
  readonly addrs?: readonly bigint[];
  /** One for each of `syms` or `addrs`. */
  readonly cookies?: readonly bigint[];
  readonly retprobe?: boolean;
  /** One program for entry and exit. */
  readonly session?: boolean;
  /** `ESRCH` unless the pattern matches one function. */
  readonly uniqueMatch?: boolean;
}

/** Entry or exit of a function of a program or library. */
export interface UprobeRequest {
  readonly kind: 'uprobe';
  /** A file, a name that is looked for in `PATH` or where libraries are, or `app.apk!/lib/libapp.so`: what an archive stores uncompressed. */
  readonly path: string;
  /** Process: 0 this one, -1 (default) all. */
  readonly pid?: number;
  /** `name` or `name@VERSION`; when absent `byteOff` is an offset in the file. */
  readonly func?: string;
  /** Bytes from the beginning of the function, or in the file. */
  readonly byteOff?: number;
  readonly retprobe?: boolean;
  /** File offset of a counter that is raised while the probe is there. */
  readonly refCtrOff?: number;
  readonly cookie?: bigint;
  readonly mode?: ProbeMode;
}

/** Many functions of a file at once: a pattern with `*` and `?`, or names, or offsets in the file. */
export interface UprobeMultiRequest {
  readonly kind: 'uprobe_multi';
  readonly path: string;
  readonly pid?: number;
  readonly pattern?: string;
  readonly syms?: readonly string[];
  readonly offsets?: readonly number[];
  readonly refCtrOffs?: readonly number[];
  readonly cookies?: readonly bigint[];
  readonly retprobe?: boolean;
  readonly session?: boolean;
}

/** Static probes of a program or library. */
export interface UsdtRequest {
  readonly kind: 'usdt';
  readonly path: string;
  readonly pid?: number;
  readonly provider: string;
  readonly name: string;
  /** What `bpf_usdt_cookie()` gives. */
  readonly cookie?: bigint;
  /** The maps `__bpf_usdt_specs` and `__bpf_usdt_ip_to_spec_id` that usdt.bpf.h defines. */
  readonly specsMapFd: number;
  readonly ipMapFd: number;
}

/** Where to attach: one shape for each kind. */
export type AttachPlace =
  | XdpRequest
  | OrderedRequest
  | FdRequest
  | NetfilterRequest
  | RawTracepointRequest
  | TraceRequest
  | IterRequest
  | PerfEventRequest
  | TracepointRequest
  | KprobeRequest
  | KsyscallRequest
  | KprobeMultiRequest
  | UprobeRequest
  | UprobeMultiRequest
  | UsdtRequest;

/** A program, and where to attach it. */
export type AttachRequest = AttachPlace & { readonly progFd: number };
