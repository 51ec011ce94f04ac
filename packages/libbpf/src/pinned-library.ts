// How are library functions found that another process pinned?
import { BTF_KIND_FUNC, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import type { Kernel, Provider } from '@rootlet/loader';

/**
 * The functions of an object that was loaded and pinned (`object.pin(folder)`), by another process or this one. While it is open its
 * functions are offered to objects that are loaded through the same kernel, as if their own object had been loaded here.
 */
export class PinnedLibrary {
  readonly #kernel: Kernel;
  readonly #offers: Provider[] = [];
  readonly #fds: number[] = [];

  private constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Finds the functions that are pinned in a folder, and binds the calls that waited for them.
   *
   * @param folder in a bpffs
   * @param name under which messages, scopes and plans know it; the folder's when absent
   * @throws KernelError when it cannot be read or a function is in a state that cannot be used; LoadError `PROTOTYPE_MISMATCH` when
   * something waits for a function with another prototype
   */
  static open(folder: string, kernel: Kernel, name: string = folder.replace(/\/+$/, '').split('/').at(-1) ?? folder): PinnedLibrary {
    if (kernel.objList === undefined) throw new UnsupportedError(`reading folders of pins on ${kernel.name}`);
    const library = new PinnedLibrary(kernel);
    try {
      for (const pinned of kernel.objList(folder)) library.#offer(`${folder.replace(/\/+$/, '')}/${pinned}`, pinned, name);
      library.#bindOwn();
      library.#bindWaiting();
      return library;
    } catch (error) {
      library.close();
      throw error;
    }
  }

  /** Names of the functions, in the order of their pins. */
  get functions(): readonly string[] {
    return this.#offers.map(({ symbol }) => symbol);
  }

  #offer(path: string, symbol: string, objectName: string): void {
    const kernel = this.#kernel;
    const fd = kernel.objGet(path);
    const info = kernel.info(fd);
    const btf = info.kind === 'prog' && info.btfId > 0 ? (kernel.progBtf?.(fd) ?? this.#btfOf(info.btfId)) : undefined;
    const btfId = btf?.findByNameKind(symbol, BTF_KIND_FUNC);
    // Maps, and programs that are no function for others.
    if (btf === undefined || btfId === undefined) {
      kernel.close(fd);
      return;
    }
    this.#fds.push(fd);
    this.#offers.push(kernel.scope.offer({ symbol, objectName, progFd: () => fd, btf, btfId, weak: false }));
  }

  #btfOf(btfIdInKernel: number): Btf {
    const fd = this.#kernel.btfFdById(btfIdInKernel);
    try {
      return parseBtf(this.#kernel.btfData(fd));
    } finally {
      this.#kernel.close(fd);
    }
  }

  /** What its functions call of each other, or of others, where the kernel does not know that itself. */
  #bindOwn(): void {
    for (const offer of this.#offers) {
      const progFd = offer.progFd();
      const info = this.#kernel.info(progFd);
      for (const symbol of info.kind === 'prog' ? info.unbound : []) {
        const externBtfId = offer.btf.findByNameKind(symbol, BTF_KIND_FUNC);
        const [provider] = this.#kernel.scope.find(symbol);
        if (externBtfId === undefined || provider === undefined) continue;
        this.#kernel.progBind({ progFd, externBtfId, providerFd: provider.progFd(), providerBtfId: provider.btfId });
      }
    }
  }

  #bindWaiting(): void {
    const { scope } = this.#kernel;
    const pairs = this.#offers.flatMap((provider) => scope.waiting(provider.symbol).filter((wish) => wish.accepts(provider)).map((wish) => ({ wish, provider })));
    for (const { wish, provider } of pairs) wish.check(provider);
    for (const { wish, provider } of pairs) wish.bind(provider);
  }

  /** Offers the functions no longer. What is bound to them stays bound, and what is pinned pinned. */
  close(): void {
    for (const offer of this.#offers.splice(0)) this.#kernel.scope.withdraw(offer);
    for (const fd of this.#fds.splice(0)) this.#kernel.close(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
