// Which ways are there to attach a program?
import type {
  AttachOrder,
  AttachPlace,
  IterRequest,
  KprobeMultiRequest,
  KprobeRequest,
  KsyscallRequest,
  NetfilterRequest,
  UprobeMultiRequest,
  UprobeRequest,
} from '@rootlet/loader';
import type { BpfLink } from './link.ts';

type OptionsOf<Request, Named extends keyof Request> = Omit<Request, 'kind' | Named>;

/** A number that the program gets with `bpf_get_attach_cookie()`, so that one program can tell its places apart. */
export interface CookieOptions {
  readonly cookie?: bigint;
}

/**
 * A program that can be attached, each way with a method of its own. All are synchronous, and throw KernelError with the
 * errno, the object, the program and what helps, or UnsupportedError where the kernel is simulated and has no such hook.
 */
export abstract class AttachableProgram {
  /** `BPF_*` attach type. */
  abstract get expectedAttachType(): number;

  /** Attaches to a place. @internal */
  abstract attachTo(place: AttachPlace): BpfLink;

  /** fd of the object's map with this name. @throws LoadError when there is none @internal */
  protected abstract mapFd(name: string): number;

  /**
   * To the packets that an interface receives, before anything else sees them.
   *
   * @param flags `XDP_FLAGS_SKB_MODE`, `XDP_FLAGS_DRV_MODE` or `XDP_FLAGS_HW_MODE`; the driver's mode where it has one
   * @libbpf bpf_program__attach_xdp
   */
  attachXdp(ifindex: number, flags = 0): BpfLink {
    return this.attachTo({ kind: 'xdp', ifindex, flags });
  }

  /** To packets at traffic control (kernel 6.6), in the direction of the attach type. @libbpf bpf_program__attach_tcx */
  attachTcx(ifindex: number, order: AttachOrder = {}): BpfLink {
    return this.attachTo({ ...order, kind: 'tcx', attachType: this.expectedAttachType, target: ifindex });
  }

  /** To a netkit device (kernel 6.7), named by the interface index of its primary side. @libbpf bpf_program__attach_netkit */
  attachNetkit(ifindex: number, order: AttachOrder = {}): BpfLink {
    return this.attachTo({ ...order, kind: 'netkit', attachType: this.expectedAttachType, target: ifindex });
  }

  /**
   * To what the processes of a cgroup v2 do.
   *
   * @param cgroupFd of the opened folder, borrowed
   * @libbpf bpf_program__attach_cgroup, bpf_program__attach_cgroup_opts
   */
  attachCgroup(cgroupFd: number, order: AttachOrder = {}): BpfLink {
    return this.attachTo({ ...order, kind: 'cgroup', attachType: this.expectedAttachType, target: cgroupFd });
  }

  /** To a network namespace: `sk_lookup`, `flow_dissector`. @param netnsFd of `/proc/PID/ns/net` @libbpf bpf_program__attach_netns */
  attachNetns(netnsFd: number): BpfLink {
    return this.attachTo({ kind: 'netns', attachType: this.expectedAttachType, targetFd: netnsFd });
  }

  /** To the sockets of a map (kernel 6.10): `sk_skb`, `sk_msg`. @param map a socket map or hash @libbpf bpf_program__attach_sockmap */
  attachSockmap(map: { readonly fd: number }): BpfLink {
    return this.attachTo({ kind: 'sockmap', attachType: this.expectedAttachType, targetFd: map.fd });
  }

  /** To a netfilter hook of this process's network namespace (kernel 6.4). @libbpf bpf_program__attach_netfilter */
  attachNetfilter(options: OptionsOf<NetfilterRequest, never>): BpfLink {
    return this.attachTo({ ...options, kind: 'netfilter' });
  }

  /**
   * To entry or exit of a function of the kernel.
   *
   * @param options `byteOff` within the function; `retprobe` for its exit; `mode` instead of the best one
   * @libbpf bpf_program__attach_kprobe, bpf_program__attach_kprobe_opts
   */
  attachKprobe(func: string, options: OptionsOf<KprobeRequest, 'func'> = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'kprobe', func });
  }

  /**
   * To many functions of the kernel at once (kernel 5.18); the attach type must have been `BPF_TRACE_KPROBE_MULTI` at load.
   *
   * @param pattern with `*` and `?`; undefined with `syms` or `addrs`
   * @libbpf bpf_program__attach_kprobe_multi_opts
   */
  attachKprobeMulti(pattern: string | undefined, options: OptionsOf<KprobeMultiRequest, 'pattern'> = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'kprobe_multi', ...(pattern === undefined ? {} : { pattern }) });
  }

  /** To entry or exit of a system call, by its name without prefix: `unlinkat`. @libbpf bpf_program__attach_ksyscall */
  attachKsyscall(syscall: string, options: OptionsOf<KsyscallRequest, 'syscall'> = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'ksyscall', syscall });
  }

  /**
   * To entry or exit of a function of a program or library.
   *
   * @param path a file; without `/` it is looked for in `PATH`, or where libraries are
   * @param options `func`, also `name@VERSION`, or `byteOff` in the file; `pid` 0 for this process, all when absent
   * @libbpf bpf_program__attach_uprobe, bpf_program__attach_uprobe_opts
   */
  attachUprobe(path: string, options: OptionsOf<UprobeRequest, 'path'>): BpfLink {
    return this.attachTo({ ...options, kind: 'uprobe', path });
  }

  /**
   * To many functions of a file at once (kernel 6.6); the attach type must have been `BPF_TRACE_UPROBE_MULTI` at load.
   *
   * @libbpf bpf_program__attach_uprobe_multi
   */
  attachUprobeMulti(path: string, options: OptionsOf<UprobeMultiRequest, 'path'>): BpfLink {
    return this.attachTo({ ...options, kind: 'uprobe_multi', path });
  }

  /**
   * To a static probe of a program or library. The object includes usdt.bpf.h.
   *
   * @param options `pid` 0 for this process, all when absent; `cookie` is what `bpf_usdt_cookie()` gives
   * @libbpf bpf_program__attach_usdt
   */
  attachUsdt(path: string, provider: string, name: string, options: CookieOptions & { readonly pid?: number } = {}): BpfLink {
    const [specsMapFd, ipMapFd] = [this.mapFd('__bpf_usdt_specs'), this.mapFd('__bpf_usdt_ip_to_spec_id')];
    return this.attachTo({ ...options, kind: 'usdt', path, provider, name, specsMapFd, ipMapFd });
  }

  /** To a static tracepoint, such as `syscalls`, `sys_enter_openat`. @libbpf bpf_program__attach_tracepoint, bpf_program__attach_tracepoint_opts */
  attachTracepoint(category: string, name: string, options: CookieOptions = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'tracepoint', category, name });
  }

  /** To a tracepoint with its raw arguments. @libbpf bpf_program__attach_raw_tracepoint, bpf_program__attach_raw_tracepoint_opts */
  attachRawTracepoint(name: string, options: CookieOptions = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'raw_tracepoint', name });
  }

  /**
   * To the function or tracepoint that was named at load: fentry, fexit, fmod_ret, tp_btf.
   *
   * @libbpf bpf_program__attach_trace, bpf_program__attach_trace_opts
   */
  attachTrace(options: CookieOptions = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'trace', attachType: this.expectedAttachType });
  }

  /** To the security hook that was named at load. @libbpf bpf_program__attach_lsm */
  attachLsm(): BpfLink {
    return this.attachTo({ kind: 'trace', attachType: this.expectedAttachType });
  }

  /**
   * To an iterator, over everything or what the options name. `link.readIter()` runs it.
   *
   * @libbpf bpf_program__attach_iter
   */
  attachIter(options: OptionsOf<IterRequest, never> = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'iter' });
  }

  /**
   * To a perf event.
   *
   * @param perfFd of perf_event_open(2), borrowed
   * @libbpf bpf_program__attach_perf_event, bpf_program__attach_perf_event_opts
   */
  attachPerfEvent(perfFd: number, options: CookieOptions = {}): BpfLink {
    return this.attachTo({ ...options, kind: 'perf_event', perfFd });
  }
}
