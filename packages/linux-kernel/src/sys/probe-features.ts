// How is each feature that a loader would want to know of asked for?
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_INT_SIGNED, BTF_VAR_STATIC, BtfBuilder } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';

/** What the questions are asked with. Everything answers with a negative errno when it is refused, and closes what it opens. */
export interface ProbeTools {
  /** Loads a program of a type; 0 or the negative errno. */
  load(type: number, source: string, more?: { name?: string; expectedAttachType?: number }): number;
  /** Loads BTF as it is; 0 or the negative errno. */
  loadBtf(bytes: Uint8Array<ArrayBuffer>): number;
  /** Creates an array of one value; 0 or the negative errno. */
  createArray(flags: number): number;
  /** Calls with an array and its fd. */
  withArray(use: (fd: number) => number): number;
  /** Loads `return 0` of a type and calls with its fd; or the negative errno. */
  withProg(type: number, expectedAttachType: number, use: (fd: number) => number): number;
  bindMap(progFd: number, mapFd: number): number;
  /** Creates a link to fd -1. */
  linkToNothing(progFd: number, attachType: number): number;
  /** Creates a link to one function whose name is at an address that nothing is at. */
  linkToBadName(progFd: number, attachType: number): number;
  /** Creates a link to one place in the file `/`. */
  linkToFolder(progFd: number, attachType: number): number;
  /** Asks whether BTF knows its name. */
  btfInfo(bytes: Uint8Array<ArrayBuffer>): number;
  hasSymbol(name: string): boolean;
}

/** Names of features. */
export type FeatureName =
  | 'arrayMmap'
  | 'btf'
  | 'btfDatasec'
  | 'btfDeclTag'
  | 'btfEnum64'
  | 'btfFloat'
  | 'btfFunc'
  | 'btfGlobalFunc'
  | 'btfQmarkDatasec'
  | 'btfTypeTag'
  | 'cookie'
  | 'expectedAttachType'
  | 'globalData'
  | 'kprobeMulti'
  | 'memcgAccount'
  | 'moduleBtf'
  | 'perfLink'
  | 'probeReadKernel'
  | 'progBindMap'
  | 'progName'
  | 'syscallWrapper'
  | 'uprobeMulti';

/** Features by name; what libbpf calls them is in the comments. */
export const FEATURES: Readonly<Record<FeatureName, (tools: ProbeTools) => boolean>> = {
  /** Programs and maps have names. */
  progName: (t) => t.load(uapi.BPF_PROG_TYPE_SOCKET_FILTER, 'r0 = 0\nexit', { name: 'probe' }) === 0,
  /** Programs address values of arrays directly. */
  globalData: (t) => t.withArray((fd) => t.load(uapi.BPF_PROG_TYPE_SOCKET_FILTER, `r1 = map[fd:${fd}][0]+0\n*(u32 *)(r1 + 0) = 42\nr0 = 0\nexit`)) === 0,
  btf: (t) => t.loadBtf(btf((b) => b.addInt('int', 4, BTF_INT_SIGNED))) === 0,
  /** FUNC and FUNC_PROTO. */
  btfFunc: (t) => t.loadBtf(btf((b) => addFunc(b, BTF_FUNC_STATIC))) === 0,
  /** FUNC with global linkage. */
  btfGlobalFunc: (t) => t.loadBtf(btf((b) => addFunc(b, BTF_FUNC_GLOBAL))) === 0,
  /** VAR and DATASEC. */
  btfDatasec: (t) => t.loadBtf(btf((b) => addDatasec(b, '.data'))) === 0,
  /** A question mark in the name of a section. */
  btfQmarkDatasec: (t) => t.loadBtf(btf((b) => addDatasec(b, '?.data'))) === 0,
  btfFloat: (t) => t.loadBtf(btf((b) => b.addFloat('float', 4))) === 0,
  btfDeclTag: (t) => t.loadBtf(btf((b) => b.addDeclTag('tag', addFunc(b, BTF_FUNC_GLOBAL)))) === 0,
  btfTypeTag: (t) => t.loadBtf(btf((b) => b.addPtr(b.addTypeTag('tag', b.addInt('int', 4, BTF_INT_SIGNED))))) === 0,
  btfEnum64: (t) => t.loadBtf(btf((b) => b.addEnum('wide', 8))) === 0,
  /** The kernel's BTF is told apart from that of modules. */
  moduleBtf: (t) => t.btfInfo(btf((b) => b.addInt('int', 4, BTF_INT_SIGNED))) === 0,
  /** Arrays are shared with user space. */
  arrayMmap: (t) => t.createArray(uapi.BPF_F_MMAPABLE) === 0,
  /** Attach types are checked at load. */
  expectedAttachType: (t) =>
    t.load(uapi.BPF_PROG_TYPE_CGROUP_SOCK, 'r0 = 1\nexit', { expectedAttachType: uapi.BPF_CGROUP_INET_SOCK_CREATE }) === 0,
  /** Reading the kernel's and the user's memory are two helpers. */
  probeReadKernel: (t) =>
    t.load(uapi.BPF_PROG_TYPE_TRACEPOINT, `r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall helper#${uapi.BPF_FUNC_probe_read_kernel}\nr0 = 0\nexit`) === 0,
  /** Maps are held by programs that do not use them. */
  progBindMap: (t) => t.withArray((map) => t.withProg(uapi.BPF_PROG_TYPE_SOCKET_FILTER, 0, (prog) => t.bindMap(prog, map))) === 0,
  /** Programs learn which of their attachments runs. */
  cookie: (t) => t.load(uapi.BPF_PROG_TYPE_TRACEPOINT, `call helper#${uapi.BPF_FUNC_get_attach_cookie}\nr0 = 0\nexit`) === 0,
  /** Perf events are attached to by links. A kernel that knows such links looks at the fd. */
  perfLink: (t) =>
    t.withProg(uapi.BPF_PROG_TYPE_TRACEPOINT, 0, (prog) => t.linkToNothing(prog, uapi.BPF_PERF_EVENT)) === -uapi.EBADF,
  /** A helper that came with the accounting of maps to cgroups: no limit of locked memory is to be raised. */
  memcgAccount: (t) => t.load(uapi.BPF_PROG_TYPE_SOCKET_FILTER, `call helper#${uapi.BPF_FUNC_ktime_get_coarse_ns}\nr0 = 0\nexit`) === 0,
  /** System calls have functions of their own, named by architecture. */
  syscallWrapper: (t) => ['__x64_sys_bpf', '__arm64_sys_bpf', '__s390x_sys_bpf', '__riscv_sys_bpf'].some((name) => t.hasSymbol(name)),
  /** Many functions are attached to by one link. A kernel that has such links reads the names; programs of the attach type load without them, too. */
  kprobeMulti: (t) =>
    t.withProg(uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_KPROBE_MULTI, (prog) => t.linkToBadName(prog, uapi.BPF_TRACE_KPROBE_MULTI)) === -uapi.EFAULT,
  /** The same for places in files: a kernel that knows such links finds that the path is none of a file. */
  uprobeMulti: (t) =>
    t.withProg(uapi.BPF_PROG_TYPE_KPROBE, uapi.BPF_TRACE_UPROBE_MULTI, (prog) => t.linkToFolder(prog, uapi.BPF_TRACE_UPROBE_MULTI)) === -uapi.EBADF,
};

function btf(describe: (builder: BtfBuilder) => unknown): Uint8Array<ArrayBuffer> {
  const builder = new BtfBuilder();
  describe(builder);
  return builder.encode();
}

function addFunc(builder: BtfBuilder, linkage: number): number {
  const int = builder.addInt('int', 4, BTF_INT_SIGNED);
  return builder.addFunc('probe', builder.addFuncProto(int, [{ name: 'a', type: int }]), linkage);
}

function addDatasec(builder: BtfBuilder, name: string): number {
  const variable = builder.addVar('x', builder.addInt('int', 4, BTF_INT_SIGNED), BTF_VAR_STATIC);
  return builder.addDatasec(name, 4, [{ type: variable, byteOff: 0, size: 4 }]);
}

/** For the tools' `load`. */
export const assembleProbe: typeof assemble = assemble;
