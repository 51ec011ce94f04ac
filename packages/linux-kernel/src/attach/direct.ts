// How are programs attached that no link holds?
import { KernelError } from '@rootlet/loader';
import {
  BPF_ATTR_PROG_ATTACH_LAYOUT,
  BPF_ATTR_QUERY_LAYOUT,
  BPF_F_REPLACE,
  BPF_PROG_ATTACH,
  BPF_PROG_DETACH,
  BPF_PROG_QUERY,
  ENOSPC,
} from '@rootlet/uapi';
import { encodeAttr, encodeFull } from '../attr.ts';
import type { Ffi } from '../ffi.ts';
import { TcHook } from './tc.ts';
import type { TcChecks, TcPoint } from './tc.ts';
import { queryXdp, setXdp, xdpProgId } from './xdp.ts';
import type { XdpAttachOptions, XdpQuery } from './xdp.ts';

const SOL_SOCKET = 1;
const SO_DETACH_FILTER = 27;
const SO_ATTACH_BPF = 50;
const SO_ATTACH_REUSEPORT_EBPF = 52;
const SO_DETACH_REUSEPORT_BPF = 68;
/** Programs that a query asks for first. */
const QUERY_ROOM = 64;
const MAX_QUERY_ROOM = 1 << 20;

/** A loaded program: a `BpfProgram`, or what has its fd. */
export interface HasFd {
  readonly fd: number;
}

/** How to attach to a cgroup, socket map, network namespace or interface. */
export interface ProgAttachOptions {
  /** `BPF_F_ALLOW_OVERRIDE`, `BPF_F_ALLOW_MULTI`, `BPF_F_REPLACE`, `BPF_F_BEFORE`, `BPF_F_AFTER`, `BPF_F_ID`. */
  readonly flags?: number;
  /** Program in whose place it is put; sets `BPF_F_REPLACE`. */
  readonly replaceProgFd?: number;
  readonly relativeFd?: number;
  readonly relativeId?: number;
  readonly expectedRevision?: bigint;
}

/** Programs of a hook, in the order in which they run. */
export interface ProgQuery {
  readonly progIds: readonly number[];
  /** Flags by which the hook was first attached to. */
  readonly attachFlags: number;
  /** By which each one was attached; empty where the kernel does not tell. */
  readonly progAttachFlags: readonly number[];
  /** Links that hold them, 0 for none; only with `links`, where the kernel tells (tcx, netkit). */
  readonly linkIds: readonly number[];
  /** Number that changes with the hook; 0 where there is none. */
  readonly revision: bigint;
}

/** Attachments that stay until they are taken away, even after the process ended. */
export class DirectAttach {
  readonly #ffi: Ffi;
  readonly #checks: TcChecks;

  constructor(ffi: Ffi, checks: TcChecks) {
    this.#ffi = ffi;
    this.#checks = checks;
  }

  /** tc filters of an interface in one direction, through netlink. */
  tcHook(ifindex: number, point: TcPoint): TcHook {
    return new TcHook(this.#ffi, this.#checks, ifindex, point);
  }

  /**
   * Attaches an XDP program through netlink.
   *
   * @throws KernelError `EBUSY` or `EEXIST` when another one is there and is not to be replaced
   * @libbpf bpf_xdp_attach
   */
  xdpAttach(ifindex: number, program: HasFd, options: XdpAttachOptions = {}): void {
    this.#checks.mayAttach(program.fd, 'xdp attach');
    setXdp(this.#ffi, 'xdp attach', ifindex, program.fd, options);
  }

  /** Takes an XDP program away that was attached through netlink. @libbpf bpf_xdp_detach */
  xdpDetach(ifindex: number, options: XdpAttachOptions = {}): void {
    setXdp(this.#ffi, 'xdp detach', ifindex, -1, options);
  }

  /** Which XDP programs an interface has. @libbpf bpf_xdp_query */
  xdpQuery(ifindex: number): XdpQuery {
    return queryXdp(this.#ffi, ifindex);
  }

  /** Id of the XDP program of one mode; 0 when there is none. @param flags `XDP_FLAGS_*_MODE` @libbpf bpf_xdp_query_id */
  xdpQueryId(ifindex: number, flags = 0): number {
    return xdpProgId(queryXdp(this.#ffi, ifindex), flags);
  }

  /**
   * Attaches a program to a cgroup, socket map, network namespace or (tcx) interface.
   *
   * @param target fd, or for tcx and netkit interface index
   * @param attachType `BPF_*` attach type
   * @libbpf bpf_prog_attach, bpf_prog_attach_opts
   */
  progAttach(program: HasFd, target: number, attachType: number, options: ProgAttachOptions = {}): void {
    const operation = 'prog attach';
    this.#checks.mayAttach(program.fd, operation);
    const { flags = 0, replaceProgFd } = options;
    const fields = {
      target_fd: target,
      attach_bpf_fd: program.fd,
      attach_type: attachType,
      attach_flags: replaceProgFd === undefined ? flags : flags | BPF_F_REPLACE,
      replace_bpf_fd: replaceProgFd,
      relative_fd: options.relativeFd ?? options.relativeId,
      expected_revision: options.expectedRevision,
    };
    this.#need(operation, attachType, this.#ffi.bpf(BPF_PROG_ATTACH, encodeAttr(BPF_ATTR_PROG_ATTACH_LAYOUT, fields)));
  }

  /**
   * Takes a program away.
   *
   * @param program which one; hooks with a single program need none
   * @libbpf bpf_prog_detach, bpf_prog_detach2, bpf_prog_detach_opts
   */
  progDetach(target: number, attachType: number, program?: HasFd, options: Omit<ProgAttachOptions, 'replaceProgFd'> = {}): void {
    const fields = {
      target_fd: target,
      attach_bpf_fd: program?.fd,
      attach_type: attachType,
      attach_flags: options.flags,
      relative_fd: options.relativeFd ?? options.relativeId,
      expected_revision: options.expectedRevision,
    };
    this.#need('prog detach', attachType, this.#ffi.bpf(BPF_PROG_DETACH, encodeAttr(BPF_ATTR_PROG_ATTACH_LAYOUT, fields)));
  }

  /**
   * Which programs are attached.
   *
   * @param options `effective`: with those of the cgroups above; `links`: with the links that hold them
   * @libbpf bpf_prog_query, bpf_prog_query_opts
   */
  progQuery(target: number, attachType: number, options: { readonly flags?: number; readonly links?: boolean } = {}): ProgQuery {
    for (let room = QUERY_ROOM; ; room *= 2) {
      const [ids, flags, links] = [new Uint32Array(room), new Uint32Array(room), new Uint32Array(room)];
      const attr = encodeFull(BPF_ATTR_QUERY_LAYOUT, {
        target_fd: target,
        attach_type: attachType,
        query_flags: options.flags,
        prog_ids: this.#address(ids),
        count: room,
        link_ids: options.links === true ? this.#address(links) : 0n,
        // Kernels before 6.0 refuse what they do not know.
        prog_attach_flags: options.links === true ? this.#address(flags) : 0n,
      });
      const result = this.#ffi.bpf(BPF_PROG_QUERY, attr);
      if (result === -ENOSPC && room < MAX_QUERY_ROOM) continue;
      this.#need('prog query', attachType, result);
      const answer = new DataView(attr.buffer);
      const count = answer.getUint32(24, true);
      return {
        progIds: [...ids.subarray(0, count)],
        attachFlags: answer.getUint32(12, true),
        progAttachFlags: options.links === true ? [...flags.subarray(0, count)] : [],
        linkIds: options.links === true ? [...links.subarray(0, count)] : [],
        revision: answer.getBigUint64(56, true),
      };
    }
  }

  /** Lets a program decide how much of each packet a socket gets. @param socketFd of a socket, borrowed */
  socketAttach(socketFd: number, program: HasFd): void {
    this.#checks.mayAttach(program.fd, 'socket attach');
    this.#setOption('socket attach', socketFd, SO_ATTACH_BPF, program.fd);
  }

  /** Takes the filter of a socket away. */
  socketDetach(socketFd: number): void {
    this.#setOption('socket detach', socketFd, SO_DETACH_FILTER, 0);
  }

  /** Lets a program choose among the sockets of a port (`SO_REUSEPORT`). */
  reuseportAttach(socketFd: number, program: HasFd): void {
    this.#checks.mayAttach(program.fd, 'reuseport attach');
    this.#setOption('reuseport attach', socketFd, SO_ATTACH_REUSEPORT_EBPF, program.fd);
  }

  /** Leaves the choice to the kernel again. */
  reuseportDetach(socketFd: number): void {
    this.#setOption('reuseport detach', socketFd, SO_DETACH_REUSEPORT_BPF, 0);
  }

  #setOption(operation: string, socketFd: number, name: number, value: number): void {
    const result = this.#ffi.setSockOpt(socketFd, SOL_SOCKET, name, new Uint8Array(Int32Array.of(value).buffer));
    if (result < 0) throw new KernelError(operation, -result, `socket fd ${socketFd}`);
  }

  #address(words: Uint32Array<ArrayBuffer>): bigint {
    return this.#ffi.address(new Uint8Array(words.buffer));
  }

  #need(operation: string, attachType: number, result: number): void {
    if (result < 0) throw new KernelError(operation, -result, `attach type ${attachType}`);
  }
}
