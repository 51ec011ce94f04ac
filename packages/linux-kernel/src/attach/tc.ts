// How is a program attached to the traffic control of an interface?
import { KernelError } from '@rootlet/loader';
import { EEXIST, EINVAL, EOPNOTSUPP } from '@rootlet/uapi';
import type { Ffi } from '../ffi.ts';
import { askNetlink, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE, readAttrs, readU32 } from './netlink.ts';
import type { NetlinkAnswer, NetlinkAttr } from './netlink.ts';

const RTM_NEWQDISC = 36;
const RTM_DELQDISC = 37;
const RTM_NEWTFILTER = 44;
const RTM_DELTFILTER = 45;
const RTM_GETTFILTER = 46;
const TCMSG_BYTES = 20;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TCA_BPF_FD = 6;
const TCA_BPF_NAME = 7;
const TCA_BPF_FLAGS = 8;
const TCA_BPF_ID = 11;
const TCA_BPF_FLAG_ACT_DIRECT = 1;
const TC_H_CLSACT = 0xffff_fff1;
const CLSACT_HANDLE = 0xffff_0000;
const PARENT = { ingress: 0xffff_fff2, egress: 0xffff_fff3 } as const;
/** `htons(ETH_P_ALL)`. */
const ALL_PROTOCOLS = 0x0300;

/** Where packets are met: coming in, going out, or by the handle of a parent of one's own. */
export type TcPoint = 'ingress' | 'egress' | { readonly parent: number };

/** Which filter of a hook. */
export interface TcFilter {
  /** 1 to 0xffff; chosen by the kernel when absent. */
  readonly priority?: number;
  /** Chosen by the kernel when absent. */
  readonly handle?: number;
}

/** A filter as it is attached. */
export interface TcAttached {
  readonly priority: number;
  readonly handle: number;
  readonly progId: number;
}

/** What the hooks ask before a program is attached. */
export interface TcChecks {
  /** @throws KernelError while the program calls what nothing provides */
  mayAttach(progFd: number, operation: string): void;
  /** Name of a program as `tc` shows it: `name:[id]`. */
  nameOf(progFd: number): string;
}

/** The classifiers of an interface, in one direction, that programs can be put into. */
export class TcHook {
  readonly ifindex: number;
  readonly point: TcPoint;
  readonly #ffi: Ffi;
  readonly #checks: TcChecks;

  constructor(ffi: Ffi, checks: TcChecks, ifindex: number, point: TcPoint) {
    this.#ffi = ffi;
    this.#checks = checks;
    this.ifindex = ifindex;
    this.point = point;
  }

  /**
   * Gives the interface its `clsact` qdisc, which both directions share.
   *
   * @returns false when it has one
   * @throws KernelError `EOPNOTSUPP` for a parent of one's own
   * @libbpf bpf_tc_hook_create
   */
  create(): boolean {
    try {
      this.#ask('tc hook create', RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, this.#qdisc('tc hook create'), [[TCA_KIND, 'clsact']]);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Takes the `clsact` qdisc with the filters of both directions away. @libbpf bpf_tc_hook_destroy */
  destroy(): void {
    this.#ask('tc hook destroy', RTM_DELQDISC, 0, this.#qdisc('tc hook destroy'), [[TCA_KIND, 'clsact']]);
  }

  /** Takes all filters of this direction away and leaves the qdisc. */
  flush(): void {
    this.#ask('tc flush', RTM_DELTFILTER, 0, this.#message(0, 0, false), []);
  }

  /**
   * Puts a program among the filters; the lowest priority runs first.
   *
   * @param options `replace` puts it in place of the filter that is there
   * @throws KernelError `EEXIST` when there is such a filter
   * @libbpf bpf_tc_attach
   */
  attach(program: { readonly fd: number }, options: TcFilter & { readonly replace?: boolean } = {}): TcAttached {
    const operation = 'tc attach';
    const { priority = 0, handle = 0, replace = false } = options;
    this.#requirePriority(operation, priority);
    this.#checks.mayAttach(program.fd, operation);
    const flags = NLM_F_CREATE | NLM_F_ECHO | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
    const answers = this.#ask(operation, RTM_NEWTFILTER, flags, this.#message(handle, priority, true), [
      [TCA_KIND, 'bpf'],
      [TCA_OPTIONS, [[TCA_BPF_FD, program.fd], [TCA_BPF_NAME, this.#checks.nameOf(program.fd)], [TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT]]],
    ]);
    return this.#read(operation, answers);
  }

  /** Takes a filter away. @throws KernelError `ENOENT` @libbpf bpf_tc_detach */
  detach(filter: Required<TcFilter>): void {
    const operation = 'tc detach';
    this.#requirePriority(operation, filter.priority);
    this.#ask(operation, RTM_DELTFILTER, 0, this.#message(filter.handle, filter.priority, true), [[TCA_KIND, 'bpf']]);
  }

  /** What a filter runs. @throws KernelError `ENOENT` @libbpf bpf_tc_query */
  query(filter: Required<TcFilter>): TcAttached {
    const operation = 'tc query';
    this.#requirePriority(operation, filter.priority);
    return this.#read(operation, this.#ask(operation, RTM_GETTFILTER, 0, this.#message(filter.handle, filter.priority, true), [[TCA_KIND, 'bpf']]));
  }

  #requirePriority(operation: string, priority: number): void {
    if (priority < 0 || priority > 0xffff) throw new KernelError(operation, EINVAL, `priority ${priority} is not within 0 to 65535`);
  }

  #qdisc(operation: string): Uint8Array {
    if (typeof this.point === 'object') throw new KernelError(operation, EOPNOTSUPP, 'a parent of one\'s own has a qdisc of one\'s own');
    return encodeTcMsg(this.ifindex, CLSACT_HANDLE, TC_H_CLSACT, 0);
  }

  #message(handle: number, priority: number, withProtocol: boolean): Uint8Array {
    const parent = typeof this.point === 'object' ? this.point.parent : PARENT[this.point];
    return encodeTcMsg(this.ifindex, handle, parent, ((priority << 16) | (withProtocol ? ALL_PROTOCOLS : 0)) >>> 0);
  }

  #ask(operation: string, type: number, flags: number, fixed: Uint8Array, attrs: readonly NetlinkAttr[]): readonly NetlinkAnswer[] {
    return askNetlink(this.#ffi, operation, `interface ${this.ifindex}`, { type, flags, fixed, attrs });
  }

  #read(operation: string, answers: readonly NetlinkAnswer[]): TcAttached {
    const answer = answers.find(({ type }) => type === RTM_NEWTFILTER);
    if (answer === undefined) throw new KernelError(operation, EEXIST, `interface ${this.ifindex}: the kernel does not say which filter it is`);
    const { payload } = answer;
    const data = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const options = readAttrs(readAttrs(payload.subarray(TCMSG_BYTES)).get(TCA_OPTIONS) ?? new Uint8Array(0));
    return { handle: data.getUint32(8, true), priority: data.getUint32(16, true) >>> 16, progId: readU32(options.get(TCA_BPF_ID)) ?? 0 };
  }
}

/** `struct tcmsg`. */
function encodeTcMsg(ifindex: number, handle: number, parent: number, info: number): Uint8Array {
  const bytes = new Uint8Array(TCMSG_BYTES);
  const data = new DataView(bytes.buffer);
  data.setInt32(4, ifindex, true);
  data.setUint32(8, handle, true);
  data.setUint32(12, parent, true);
  data.setUint32(16, info, true);
  return bytes;
}
