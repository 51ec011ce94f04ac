// What holds an attached program, or a replaced function?
import { UnsupportedError } from '@rootlet/bytes';
import type { Kernel, LinkInfo } from '@rootlet/loader';

/**
 * An attachment, or the replacement of a function. While it is held or pinned nothing else can break it.
 *
 * @libbpf struct bpf_link
 */
export class BpfLink {
  readonly #kernel: Kernel;
  #fd: number;
  #pinPath: string | undefined;
  #connected = true;
  readonly #onDestroy: () => void;

  constructor(kernel: Kernel, fd: number, onDestroy: () => void = () => {}) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#onDestroy = onDestroy;
  }

  /** A pinned link. @param path in a bpffs @throws KernelError `ENOENT`, `EINVAL` when no link is pinned there @libbpf bpf_link__open */
  static open(path: string, kernel: Kernel): BpfLink {
    const link = new BpfLink(kernel, kernel.objGet(path));
    try {
      link.info();
    } catch (error) {
      link.destroy();
      throw error;
    }
    link.#pinPath = path;
    return link;
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
   * @param old refused with `EPERM` unless this one is attached
   * @throws KernelError `EINVAL` for links that cannot be updated
   * @libbpf bpf_link__update_program
   */
  update(program: { readonly fd: number }, old?: { readonly fd: number }): void {
    this.#kernel.linkUpdate(this.#fd, program.fd, old?.fd);
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

  /** Leaves the program attached for as long as the process lives: `destroy` closes nothing any more. @libbpf bpf_link__disconnect */
  disconnect(): void {
    this.#connected = false;
  }

  /** Keeps the link beyond this process. @param path in a bpffs @libbpf bpf_link__pin */
  pin(path: string): void {
    this.#kernel.objPin(this.#fd, path);
    this.#pinPath = path;
  }

  /** Where it is pinned, as far as is known here. @libbpf bpf_link__pin_path */
  get pinPath(): string | undefined {
    return this.#pinPath;
  }

  /** Takes the pin away that `pin` made, or that `open` found. The link stays. @libbpf bpf_link__unpin */
  unpin(): void {
    if (this.#pinPath === undefined) return;
    this.#kernel.objUnpin(this.#pinPath);
    this.#pinPath = undefined;
  }

  /**
   * Runs an iterator, and gives what it writes piece by piece, as it is asked for. Each call is a walk of its own.
   *
   * @throws KernelError `EINVAL` for links to anything else; UnsupportedError where the kernel is simulated
   * @libbpf bpf_iter_create
   */
  *readIter(): Generator<Uint8Array, void> {
    const kernel = this.#kernel;
    if (kernel.iterCreate === undefined || kernel.iterRead === undefined) throw new UnsupportedError(`iterators on ${kernel.name}`);
    const fd = kernel.iterCreate(this.#fd);
    try {
      for (let piece = kernel.iterRead(fd); piece.length > 0; piece = kernel.iterRead(fd)) yield piece;
    } finally {
      kernel.close(fd);
    }
  }

  /** Runs an iterator to its end. @returns what it wrote */
  readIterText(): string {
    const decoder = new TextDecoder();
    let text = '';
    for (const piece of this.readIter()) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  }

  /** Closes the link. Unless it is pinned the program is detached, or the original function runs again. @libbpf bpf_link__destroy */
  destroy(): void {
    if (this.#fd < 0) return;
    if (this.#connected) this.#kernel.close(this.#fd);
    this.#fd = -1;
    this.#onDestroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
