// Which rights does a bpffs delegate to this process?
import { KernelError } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import type { StructLayout } from '@rootlet/uapi';
import { closeSync, constants, openSync } from 'node:fs';
import { encodeAttr } from './attr.ts';
import type { Ffi } from './ffi.ts';

/** Where libbpf looks for a bpffs that delegates, unless it is told. */
const DEFAULT_BPFFS = '/sys/fs/bpf';

/** The commands that take a token, and where in their attributes it stands. */
const PLACES: ReadonlyMap<number, { readonly layout: StructLayout; readonly flags: string; readonly token: string }> = new Map([
  [uapi.BPF_MAP_CREATE, { layout: uapi.BPF_ATTR_MAP_CREATE_LAYOUT, flags: 'map_flags', token: 'map_token_fd' }],
  [uapi.BPF_PROG_LOAD, { layout: uapi.BPF_ATTR_PROG_LOAD_LAYOUT, flags: 'prog_flags', token: 'prog_token_fd' }],
  [uapi.BPF_BTF_LOAD, { layout: uapi.BPF_ATTR_BTF_LOAD_LAYOUT, flags: 'btf_flags', token: 'btf_token_fd' }],
]);

/** The same kernel, reached with a token's rights where these count. */
export function withToken(ffi: Ffi, tokenFd: number): Ffi {
  return {
    ...ffi,
    bpf: (cmd, attr) => {
      const place = PLACES.get(cmd);
      if (place === undefined) return ffi.bpf(cmd, attr);
      const token = encodeAttr(place.layout, { [place.flags]: uapi.BPF_F_TOKEN_FD, [place.token]: tokenFd });
      const both = new Uint8Array(Math.max(attr.length, token.length));
      both.set(attr);
      token.forEach((byte, idx) => (both[idx] = (both[idx] ?? 0) | byte));
      return ffi.bpf(cmd, both);
    },
  };
}

/** The tokens that are open. */
export class Tokens {
  readonly #ffi: Ffi;
  readonly #open = new Set<number>();

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
  }

  /**
   * Creates a token.
   *
   * @param path of a bpffs, `''` for no token; when absent that in the environment variable `LIBBPF_BPF_TOKEN_PATH`, or else, where it
   * delegates anything, `/sys/fs/bpf`
   * @returns its fd; undefined for none
   * @throws KernelError when a path was named and gives no token
   * @libbpf bpf_object_open_opts.bpf_token_path
   */
  create(path: string | undefined = process.env['LIBBPF_BPF_TOKEN_PATH']): number | undefined {
    if (path === '') return undefined;
    const fd = this.#ask(path ?? DEFAULT_BPFFS);
    if (fd >= 0) {
      this.#open.add(fd);
      return fd;
    }
    if (path === undefined) return undefined;
    throw new KernelError('token create', -fd, `no BPF token from '${path}': it wants a bpffs that was mounted in this user namespace with delegate_cmds, delegate_maps, delegate_progs and delegate_attachs (Linux 6.9)`);
  }

  /** @returns fd or the negative errno */
  #ask(path: string): number {
    let folder: number;
    try {
      folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      return (error as { errno?: number }).errno ?? -uapi.EINVAL;
    }
    try {
      return this.#ffi.bpf(uapi.BPF_TOKEN_CREATE, encodeAttr(uapi.BPF_ATTR_TOKEN_CREATE_LAYOUT, { bpffs_fd: folder }));
    } finally {
      closeSync(folder);
    }
  }

  /** How the kernel is reached with a token's rights; with the process's own without one, and when it is closed: functions may be bound anew then. */
  ffi(tokenFd: number | undefined): Ffi {
    return tokenFd !== undefined && this.#open.has(tokenFd) ? withToken(this.#ffi, tokenFd) : this.#ffi;
  }

  /** Any of them, for questions to the kernel. */
  get any(): number | undefined {
    return this.#open.values().next().value;
  }

  closed(fd: number): void {
    this.#open.delete(fd);
  }
}
