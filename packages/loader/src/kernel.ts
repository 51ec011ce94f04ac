// What does rootlet ask of a kernel, simulated or real?
import type { Btf, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { Insns } from '@rootlet/insn';
import type { AttachRequest } from './attach-request.ts';
import type { LinkScope } from './scope.ts';
import type { KernelStreams } from './streams.ts';

/** What a map is created from. Sizes in bytes. */
export interface MapAttr {
  /** At most 15 bytes as Linux wants it; truncated by the loader. */
  readonly name: string;
  /** `BPF_MAP_TYPE_*`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*` map creation flags. */
  readonly flags: number;
  /** `map_extra`. */
  readonly extra?: bigint;
  /** NUMA node, which counts with the flag `BPF_F_NUMA_NODE`. */
  readonly numaNode?: number;
  /** fd of the prototype of inner maps. */
  readonly innerMapFd?: number;
  /** fd of the BTF that describes key and value. */
  readonly btfFd?: number;
  readonly btfKeyTypeId?: number;
  readonly btfValueTypeId?: number;
  /** Type of the value in the kernel's own BTF, for tables of functions (struct_ops). */
  readonly btfVmlinuxValueTypeId?: number;
  /** fd of a module's BTF, where `btfVmlinuxValueTypeId` is from there; goes with `BPF_F_VTYPE_BTF_OBJ_FD`. */
  readonly valueTypeBtfObjFd?: number;
  /** From {@link Kernel.tokenCreate}: whose rights count. */
  readonly tokenFd?: number;
  /** Hash of the one program that may use it, 32 bytes (`excl_prog_hash`). */
  readonly exclusiveHash?: Uint8Array;
}

/** What a program is loaded from. Instructions refer to maps by fd and to loaded functions by index in `fdArray`. */
export interface ProgAttr {
  readonly name: string;
  /** `BPF_PROG_TYPE_*`; `BPF_PROG_TYPE_UNSPEC` only with `library`. */
  readonly type: number;
  readonly expectedAttachType: number;
  readonly insns: Insns;
  readonly license: string;
  /** `BPF_F_*` program load flags. */
  readonly flags: number;
  readonly btfFd?: number;
  readonly funcInfo?: readonly BtfFuncInfo[];
  readonly lineInfo?: readonly BtfLineInfo[];
  /** fds that instructions name by index. */
  readonly fdArray?: readonly number[];
  readonly attachBtfId?: number;
  /** Program that an EXT or tracing program attaches to. */
  readonly attachProgFd?: number;
  /** Interface that it is loaded for. */
  readonly ifindex?: number;
  /** BTF object (module) that `attachBtfId` is from. */
  readonly attachBtfObjFd?: number;
  /**
   * The unit is a function for other programs to call, not a program to attach: its first function is verified
   * from its BTF prototype. Kernels with `nativeCalls` only. `type` is the type whose helpers and context it
   * may use, or `BPF_PROG_TYPE_UNSPEC` when its prototype names no context.
   */
  readonly library?: boolean;
  /** FUNC ids of pending calls that are to be tail calls of a slot; a kernel with `nativeCalls` has no use for it. */
  readonly tailCalls?: readonly number[];
  /** Verifier log: bits 1 (branches), 2 (every instruction), 4 (statistics). */
  readonly logLevel?: number;
  /** From {@link Kernel.tokenCreate}: whose rights count. */
  readonly tokenFd?: number;
}

/** Which elements a batch is about. */
export interface MapBatchOptions {
  /** Where the batch before ended; the beginning when absent. */
  readonly cursor?: Uint8Array;
  /** Takes the elements out of the map. */
  readonly remove?: boolean;
  /** `BPF_F_LOCK`. */
  readonly flags?: number;
}

/** Elements of a map, one after the other. */
export interface MapBatch {
  readonly count: number;
  readonly keys: Uint8Array;
  /** Values as `mapLookup` gives them. */
  readonly values: Uint8Array;
  /** Where the next batch begins; undefined when this was the last one. */
  readonly cursor: Uint8Array | undefined;
}

/** What came of loading a program. */
export interface ProgLoadResult {
  readonly fd: number;
  /** The verifier log at the level asked for; empty at level 0. */
  readonly log: string;
}

/** Input of a test run. */
export interface TestRunOptions {
  /** Packet. */
  readonly dataIn?: Uint8Array;
  /** Context struct. */
  readonly ctxIn?: Uint8Array;
  /** Number of runs; 1 when absent. */
  readonly repeat?: number;
  readonly flags?: number;
  readonly cpu?: number;
  /** Packets at once, with `BPF_F_TEST_XDP_LIVE_FRAMES`. */
  readonly batchSize?: number;
}

/** Result of a test run. */
export interface TestRunResult {
  /** Return value of the last run, unsigned 32 bits as `BPF_PROG_TEST_RUN` gives it. */
  readonly retval: number;
  /** The packet after the run. */
  readonly dataOut: Uint8Array;
  /** The context after the run; empty when the program type has none to give. */
  readonly ctxOut: Uint8Array;
  /** Average duration of one run in nanoseconds. */
  readonly durationNs: number;
  /** Instructions executed in the last run; undefined on kernels that do not count. */
  readonly insns?: number;
  /** What the runs printed with `bpf_trace_printk`, a line each; undefined where it cannot be captured. */
  readonly printk?: readonly string[];
}

/** Where a program is attached. Which fields count depends on the attach type. */
export interface LinkAttr {
  /** The program; with `BPF_STRUCT_OPS` the map that holds the table, which stands in a program's place as in bpf(2). */
  readonly progFd: number;
  /** `BPF_*` attach type. */
  readonly attachType: number;
  /** Network interface, cgroup fd and so on. */
  readonly targetFd?: number;
  readonly targetIfindex?: number;
  /** With a program as target: the function to replace, an id in the target's BTF. */
  readonly targetBtfId?: number;
  /** Named hook: tracepoint, function. */
  readonly targetName?: string;
  readonly flags?: number;
  readonly cookie?: bigint;
}

/** An extern call to bind in a loaded program. */
export interface BindAttr {
  /** The dependant. */
  readonly progFd: number;
  /** FUNC with extern linkage in the dependant's BTF. */
  readonly externBtfId: number;
  /** Program that holds the function; -1 takes a binding back. */
  readonly providerFd: number;
  /** FUNC in the provider's BTF. */
  readonly providerBtfId: number;
}

/** Facts about a loaded program. */
export interface ProgInfo {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly tag: string;
  readonly btfId: number;
  readonly mapIds: readonly number[];
  /** `attach_btf_id` of a program that extends another. */
  readonly attachBtfId: number;
  readonly runCount: number;
  readonly runTimeNs: number;
  /** Names of strong externs that nothing provides yet; empty on kernels without `nativeCalls`. */
  readonly unbound: readonly string[];
}

/** Facts about a map. */
export interface MapInfo {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly btfId: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
}

/** Facts about a link. */
export interface LinkInfo {
  readonly id: number;
  /** `BPF_LINK_TYPE_*`. */
  readonly type: number;
  readonly progId: number;
  /** Target program id, for replacements. */
  readonly targetObjId: number;
  /** Function in the target's BTF, for replacements. */
  readonly targetBtfId: number;
  readonly attachType: number;
  /** Interface, for XDP, tcx and netkit. */
  readonly ifindex?: number;
  readonly cgroupId?: number;
  /** Inode number of the network namespace. */
  readonly netnsIno?: number;
  /** Map of a socket map's or struct_ops link. */
  readonly mapId?: number;
  /** Tracepoint, function, file or kind of iterator. */
  readonly targetName?: string;
  /** Number of functions, for links to many. */
  readonly count?: number;
}

/** What an fd is. */
export type FdInfo =
  | ({ readonly kind: 'prog' } & ProgInfo)
  | ({ readonly kind: 'map' } & MapInfo)
  | ({ readonly kind: 'link' } & LinkInfo)
  | { readonly kind: 'btf'; readonly id: number; readonly name: string; readonly size: number };

/** The memory of a map, shared with the kernel. */
export interface MapMemory {
  /** Read and written in place; zeros of its own once it was unmapped. */
  readonly bytes: Uint8Array;
  /** Where it stands in this process. */
  readonly address: bigint;
  /** Ends the sharing. */
  unmap(): void;
}

/** BTF of a module of the kernel. */
export interface ModuleBtf {
  readonly name: string;
  readonly fd: number;
  readonly btf: Btf;
}

/** What this kernel can do that others cannot. */
export interface KernelFeatures {
  /**
   * Takes pending calls (`BPF_PSEUDO_PROG_CALL` with `off` -1), FUNC linkage extern in BTF, library units and {@link Kernel.progBind},
   * itself or by what stands before it.
   */
  readonly progCalls: boolean;
  /** Knows `BPF_PSEUDO_PROG_CALL`, FUNC linkage extern in BTF, library units and {@link Kernel.progBind}. */
  readonly nativeCalls: boolean;
  /** One link attaches to many places in a file (`BPF_TRACE_UPROBE_MULTI`): static probes are loaded for that. Absent: no. */
  readonly uprobeMulti?: boolean;
}

/**
 * A kernel as rootlet sees it: the operations of `bpf(2)`, synchronous, by fd. Every failure throws `KernelError` with an
 * errno. An fd is owned by whoever created it until `close`.
 */
export interface Kernel {
  /** For messages: `sim 6.18`, `linux 6.18.44`. */
  readonly name: string;
  /** Version of the kernel, e.g. `6.18` or `6.18.44`. */
  readonly release: string;
  readonly features: KernelFeatures;
  /** Which loaded functions have which name: where externs look. */
  readonly scope: LinkScope;
  /** Ring buffers and perf buffers; absent where there are none. */
  readonly streams?: KernelStreams;

  /** The kernel's own BTF; undefined when it has none. Parsed once. */
  vmlinuxBtf(): Btf | undefined;

  /** The configuration that the kernel was built with, lines `CONFIG_X=value`; absent or undefined when it is not known. */
  kconfig?(): string | undefined;

  /**
   * BTF of the kernel's modules, split on its own; absent where there is none. The fds stay the kernel's.
   */
  moduleBtfs?(): readonly ModuleBtf[];
  /** Addresses of symbols of the kernel; those it does not have, or does not tell, are left out. */
  kallsyms?(names: ReadonlySet<string>): ReadonlyMap<string, bigint>;

  /** Number of possible CPUs; 1 where it is absent. */
  possibleCpus?(): number;

  /**
   * A token: rights that somebody who has them delegated to this process. Absent where rights are nobody's.
   *
   * @param path where they are delegated, `''` for no token; what is found where one looks when absent
   * @returns its fd; undefined for none
   * @throws KernelError when a path was named and gives none
   */
  tokenCreate?(path: string | undefined): number | undefined;

  /** Loads BTF. @param tokenFd from `tokenCreate` @throws KernelError */
  btfLoad(bytes: Uint8Array, tokenFd?: number): number;

  mapCreate(attr: MapAttr): number;
  /** Value (of all CPUs one after the other for per-CPU maps) or undefined when the key is absent. */
  mapLookup(mapFd: number, key: Uint8Array, flags?: number): Uint8Array | undefined;
  mapUpdate(mapFd: number, key: Uint8Array, value: Uint8Array, flags?: number): void;
  /** @returns whether the key was there */
  mapDelete(mapFd: number, key: Uint8Array, flags?: number): boolean;
  /** The key after `key`, the first one for undefined; undefined at the end. */
  mapNextKey(mapFd: number, key: Uint8Array | undefined): Uint8Array | undefined;
  /** Value, removed from the map. */
  mapLookupAndDelete(mapFd: number, key: Uint8Array, flags?: number): Uint8Array | undefined;
  /** At most `count` elements at once. @throws KernelError `ENOSPC` when a hash map has more in one bucket */
  mapLookupBatch(mapFd: number, count: number, options: MapBatchOptions): MapBatch;
  /** Sets many elements: keys one after the other, and as many values. @returns number of elements set */
  mapUpdateBatch(mapFd: number, keys: Uint8Array, values: Uint8Array, flags?: number): number;
  /** Removes many keys. @returns number of elements removed @throws KernelError `ENOENT` when one is not there */
  mapDeleteBatch(mapFd: number, keys: Uint8Array, flags?: number): number;
  mapFreeze(mapFd: number): void;
  /**
   * Shares the memory of an array or arena; absent on kernels that share none.
   *
   * @param byteLen whole pages
   * @param address where it must stand in this process; 0n for anywhere
   * @throws KernelError
   */
  mapMemory?(mapFd: number, byteLen: number, address: bigint): MapMemory;

  /** Verifies and loads. @throws KernelError with `log` when the verifier rejects */
  progLoad(attr: ProgAttr): ProgLoadResult;
  /** Has a map live as long as a program that does not use it; absent where maps are not counted so. @throws KernelError */
  progBindMap?(progFd: number, mapFd: number): void;
  /** @throws KernelError `ENOEXEC` naming every missing symbol when strong externs are unbound */
  progTestRun(progFd: number, options: TestRunOptions): TestRunResult;
  /** Binds an extern call; kernels with `nativeCalls` only. The dependant is not verified again. */
  progBind(attr: BindAttr): void;

  /** Why no program can be put over a function of another one here; undefined when one can. Absent where calls need none of that. */
  extObstacle?(): string | undefined;

  /** Functions replaced in slots of program arrays, which no link stands for; absent where replacements are links. */
  slotLinks?(): readonly LinkInfo[];

  linkCreate(attr: LinkAttr): number;
  /**
   * Attaches a program to what only a real kernel has; absent on those that know `linkCreate` alone.
   *
   * @returns fd that holds the attachment until `close`: a link, or where the kernel has none a perf event
   */
  attach?(request: AttachRequest): number;
  /**
   * @param progFd as {@link LinkAttr.progFd}
   * @param oldProgFd when given, refused unless this program is attached
   */
  linkUpdate(linkFd: number, progFd: number, oldProgFd?: number): void;
  linkDetach(linkFd: number): void;

  /** Begins a walk of an iterator's link. @returns fd to read from */
  iterCreate?(linkFd: number): number;
  /** The next bytes that an iterator wrote; empty at the end. */
  iterRead?(iterFd: number): Uint8Array;

  objPin(fd: number, path: string): void;
  objGet(path: string): number;
  /** Removes a pin. */
  objUnpin(path: string): void;
  /** Names of what is pinned in a folder, sorted; absent where folders cannot be read. */
  objList?(folder: string): readonly string[];
  /** BTF that a program was loaded with, where its prototypes are as they were written; undefined for programs of others. */
  progBtf?(progFd: number): Btf | undefined;

  info(fd: number): FdInfo;
  /** The bytes of a loaded BTF. */
  btfData(btfFd: number): Uint8Array;
  /** Ids of everything loaded of one kind, ascending. */
  ids(kind: FdInfo['kind']): readonly number[];
  progFdById(id: number): number;
  mapFdById(id: number): number;
  linkFdById(id: number): number;
  btfFdById(id: number): number;

  close(fd: number): void;
}
