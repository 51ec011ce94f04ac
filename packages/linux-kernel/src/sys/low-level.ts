// Which commands of bpf(2) are there for those who need just that one?
import { KernelError } from '@rootlet/loader';
import type { FdInfo } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { encodeAttr, encodeFull, encodeText, readField } from '../attr.ts';
import type { AttrFields } from '../attr.ts';
import type { Ffi } from '../ffi.ts';
import { freshFd } from '../maps/map-calls.ts';

/** Where a path begins, and how what is there may be used. */
export interface PathOptions {
  /** fd of a folder that the path is relative to. Linux 6.5 */
  readonly pathFd?: number;
  /** `BPF_F_RDONLY` or `BPF_F_WRONLY`. */
  readonly fileFlags?: number;
}

/** What an fd of a task has to do with BPF. */
export interface TaskFd {
  readonly progId: number;
  /** `BPF_FD_TYPE_*`. */
  readonly fdType: number;
  /** Tracepoint, function or file. */
  readonly name: string;
  readonly probeOffset: bigint;
  readonly probeAddr: bigint;
}

const MOST_NAME_BYTES = 4096;

/** Commands that the `Kernel` interface has no place for: no policy, no retries. */
export class BpfCalls {
  readonly #ffi: Ffi;

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
  }

  /** Keeps what an fd stands for beyond this process. @libbpf bpf_obj_pin, bpf_obj_pin_opts */
  objPin(fd: number, path: string, options: PathOptions = {}): void {
    this.#call('obj pin', uapi.BPF_OBJ_PIN, uapi.BPF_ATTR_OBJ_LAYOUT, { bpf_fd: fd, ...this.#path('obj pin', path, options) }, describePath(path, options));
  }

  /** An fd for what is pinned. @libbpf bpf_obj_get, bpf_obj_get_opts */
  objGet(path: string, options: PathOptions = {}): number {
    return freshFd(this.#call('obj get', uapi.BPF_OBJ_GET, uapi.BPF_ATTR_OBJ_LAYOUT, this.#path('obj get', path, options), describePath(path, options)));
  }

  #path(operation: string, path: string, { pathFd, fileFlags = 0 }: PathOptions): AttrFields {
    const pathname = this.#text(operation, path);
    return pathFd === undefined ? { pathname, file_flags: fileFlags } : { pathname, file_flags: fileFlags | uapi.BPF_F_PATH_FD, path_fd: pathFd };
  }

  /**
   * The id after `startId`; undefined at the end.
   *
   * @libbpf bpf_prog_get_next_id, bpf_map_get_next_id, bpf_btf_get_next_id, bpf_link_get_next_id
   */
  nextId(kind: FdInfo['kind'], startId: number): number | undefined {
    const attr = encodeFull(uapi.BPF_ATTR_GET_ID_LAYOUT, { start_id: startId });
    const result = this.#ffi.bpf(NEXT_ID[kind], attr);
    if (result === -uapi.ENOENT) return undefined;
    if (result < 0) throw new KernelError(`${kind} next id`, -result, `after ${startId}`);
    return readField(uapi.BPF_ATTR_GET_ID_LAYOUT, attr, 'next_id');
  }

  /**
   * An fd for what has an id.
   *
   * @param openFlags `BPF_F_RDONLY`, `BPF_F_WRONLY` of a map
   * @libbpf bpf_prog_get_fd_by_id, bpf_map_get_fd_by_id, bpf_btf_get_fd_by_id, bpf_link_get_fd_by_id
   * @libbpf bpf_prog_get_fd_by_id_opts, bpf_map_get_fd_by_id_opts, bpf_btf_get_fd_by_id_opts, bpf_link_get_fd_by_id_opts
   */
  fdById(kind: FdInfo['kind'], id: number, openFlags = 0): number {
    return freshFd(this.#call(`${kind} fd by id`, FD_BY_ID[kind], uapi.BPF_ATTR_GET_ID_LAYOUT, { start_id: id, open_flags: openFlags }, `id ${id}`));
  }

  /** A map that lives as long as a program, though the program does not use it. @libbpf bpf_prog_bind_map */
  progBindMap(progFd: number, mapFd: number, flags = 0): void {
    const fields = { prog_fd: progFd, map_fd: mapFd, flags };
    this.#call('prog bind map', uapi.BPF_PROG_BIND_MAP, uapi.BPF_ATTR_PROG_BIND_MAP_LAYOUT, fields, `program fd ${progFd}, map fd ${mapFd}`);
  }

  /**
   * What a program wrote to one of its streams; empty when nothing waits.
   *
   * @param streamId 1 stdout, 2 stderr
   * @param size most bytes
   * @libbpf bpf_prog_stream_read
   */
  progStreamRead(progFd: number, streamId: number, size = 65_536): Uint8Array {
    const buffer = new Uint8Array(new ArrayBuffer(size));
    const fields = { stream_buf: this.#ffi.address(buffer), stream_buf_len: size, stream_id: streamId, prog_fd: progFd };
    const layout = uapi.BPF_ATTR_PROG_STREAM_READ_LAYOUT;
    return buffer.subarray(0, this.#call('prog stream read', uapi.BPF_PROG_STREAM_READ_BY_FD, layout, fields, `program fd ${progFd}`));
  }

  /** What an fd of a task has to do with BPF. @throws KernelError `ENOTSUPP` when nothing @libbpf bpf_task_fd_query */
  taskFdQuery(pid: number, fd: number): TaskFd {
    const layout = uapi.BPF_ATTR_TASK_FD_QUERY_LAYOUT;
    const name = new Uint8Array(new ArrayBuffer(MOST_NAME_BYTES));
    const attr = encodeFull(layout, { pid, fd, buf_len: name.length, buf: this.#ffi.address(name) });
    const result = this.#ffi.bpf(uapi.BPF_TASK_FD_QUERY, attr);
    if (result < 0) throw new KernelError('task fd query', -result, `fd ${fd} of task ${pid}`);
    const data = new DataView(attr.buffer);
    return {
      progId: readField(layout, attr, 'prog_id'),
      fdType: readField(layout, attr, 'fd_type'),
      name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
      probeOffset: data.getBigUint64(32, true),
      probeAddr: data.getBigUint64(40, true),
    };
  }

  /**
   * Attaches to a raw tracepoint, or to what a tracing program was loaded for.
   *
   * @param name of the tracepoint; undefined for tracing programs
   * @returns fd that holds the attachment
   * @libbpf bpf_raw_tracepoint_open, bpf_raw_tracepoint_open_opts
   */
  rawTracepointOpen(name: string | undefined, progFd: number, cookie = 0n): number {
    const fields = { name: name === undefined ? 0n : this.#text('raw tracepoint open', name), prog_fd: progFd, cookie };
    return this.#call('raw tracepoint open', uapi.BPF_RAW_TRACEPOINT_OPEN, uapi.BPF_ATTR_RAW_TRACEPOINT_LAYOUT, fields, `'${name ?? ''}'`);
  }

  /** A token that grants what a bpffs was mounted to delegate. @returns its fd @libbpf bpf_token_create */
  tokenCreate(bpffsFd: number, flags = 0): number {
    return this.#call('token create', uapi.BPF_TOKEN_CREATE, uapi.BPF_ATTR_TOKEN_CREATE_LAYOUT, { bpffs_fd: bpffsFd, flags }, `bpffs fd ${bpffsFd}`);
  }

  #text(operation: string, text: string): bigint {
    return this.#ffi.address(encodeText(operation, text));
  }

  #call(operation: string, cmd: number, layout: uapi.StructLayout, fields: AttrFields, about: string): number {
    const result = this.#ffi.bpf(cmd, encodeAttr(layout, fields));
    if (result < 0) throw new KernelError(operation, -result, about);
    return result;
  }
}

function describePath(path: string, { pathFd }: PathOptions): string {
  return pathFd === undefined ? `'${path}'` : `'${path}' from the folder of fd ${pathFd}, which Linux takes since 6.5`;
}

const NEXT_ID: Readonly<Record<FdInfo['kind'], number>> = {
  prog: uapi.BPF_PROG_GET_NEXT_ID,
  map: uapi.BPF_MAP_GET_NEXT_ID,
  btf: uapi.BPF_BTF_GET_NEXT_ID,
  link: uapi.BPF_LINK_GET_NEXT_ID,
};

const FD_BY_ID: Readonly<Record<FdInfo['kind'], number>> = {
  prog: uapi.BPF_PROG_GET_FD_BY_ID,
  map: uapi.BPF_MAP_GET_FD_BY_ID,
  btf: uapi.BPF_BTF_GET_FD_BY_ID,
  link: uapi.BPF_LINK_GET_FD_BY_ID,
};
