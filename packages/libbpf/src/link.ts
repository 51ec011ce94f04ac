// What holds an attached program, or a replaced function?
import type { Kernel, LinkInfo } from '@rootlet/loader';

/**
 * An attachment, or the replacement of a function. While it is held or pinned nothing else can break it.
 *
 * @libbpf struct bpf_link
 */
export class BpfLink {
  readonly #kernel: Kernel;
  #fd: number;
  readonly #onDestroy: () => void;

  constructor(kernel: Kernel, fd: number, onDestroy: () => void = () => {}) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#onDestroy = onDestroy;
  }

  /** fd of the link; -1 after `destroy`. @libbpf bpf_link__fd */
  get fd(): number {
    return this.#fd;
  }

  /** What is linked to what. */
  info(): LinkInfo {
    const info = this.#kernel.info(this.#fd);
    if (info.kind !== 'link') throw new TypeError(`fd ${this.#fd} is a ${info.kind}, not a link`);
    return info;
  }

  /**
   * Puts another program in place of the attached one, atomically.
   *
   * @throws KernelError `EINVAL` for links that cannot be updated
   * @libbpf bpf_link__update_program
   */
  update(program: { readonly fd: number }): void {
    this.#kernel.linkUpdate(this.#fd, program.fd);
  }

  /**
   * Puts another struct_ops table in place of the one that is linked, atomically.
   *
   * @libbpf bpf_link__update_map
   */
  updateMap(map: { readonly fd: number; fillTable(): void }): void {
    map.fillTable();
    this.#kernel.linkUpdate(this.#fd, map.fd);
  }

  /** Detaches the program and keeps the link. @libbpf bpf_link__detach */
  detach(): void {
    this.#kernel.linkDetach(this.#fd);
  }

  /** Keeps the link beyond this process. @param path in a bpffs @libbpf bpf_link__pin */
  pin(path: string): void {
    this.#kernel.objPin(this.#fd, path);
  }

  /** Closes the link. Unless it is pinned the program is detached, or the original function runs again. @libbpf bpf_link__destroy */
  destroy(): void {
    if (this.#fd < 0) return;
    this.#kernel.close(this.#fd);
    this.#fd = -1;
    this.#onDestroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
