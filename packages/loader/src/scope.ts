// Which loaded functions can be called by name?
import type { Btf } from '@rootlet/btf';

/** A function that a loaded object offers to others. */
export interface Provider {
  /** Name it is found by. */
  readonly symbol: string;
  /** Name of the object that defines it, for messages and `scope`. */
  readonly objectName: string;
  /**
   * fd of the loaded program that holds it. Borrowed: the owner closes it. A library object loads its functions
   * when it is loaded; an object that is more than a library loads a function when it is first asked for.
   *
   * @throws LoadError when the function is rejected
   */
  readonly progFd: () => number;
  readonly btf: Btf;
  /** FUNC id in `btf`. */
  readonly btfId: number;
  readonly weak: boolean;
  /** Order of loading, ascending. */
  readonly seq: number;
}

/** A strong extern of a loaded program that nothing provides yet. */
export interface PendingExtern {
  readonly symbol: string;
  /** Throws when the provider's prototype is not the one that was declared. */
  readonly check: (provider: Provider) => void;
  /** Binds the call. */
  readonly bind: (provider: Provider) => void;
  /** Takes the binding back and waits again: the provider's object failed to load after all. */
  readonly unbind: () => void;
  /** Whether this provider may be used (the dependant's `scope` and `aliases`). */
  readonly accepts: (provider: Provider) => boolean;
}

/** The names that objects loaded through one kernel offer and want. */
export class LinkScope {
  readonly #providers = new Map<string, Provider[]>();
  readonly #pending = new Set<PendingExtern>();
  #seq = 0;
  #changes = 0;

  /** Grows when a function is offered or taken back: what was looked up before may be found elsewhere now. */
  get changes(): number {
    return this.#changes;
  }

  /** Offers a function. @returns the entry, to be taken back with `withdraw` */
  offer(provider: Omit<Provider, 'seq'>): Provider {
    const entry: Provider = { ...provider, seq: ++this.#seq };
    this.#changes++;
    const list = this.#providers.get(entry.symbol);
    if (list === undefined) this.#providers.set(entry.symbol, [entry]);
    else list.push(entry);
    return entry;
  }

  /** Takes an offer back. */
  withdraw(provider: Provider): void {
    const list = this.#providers.get(provider.symbol);
    if (list === undefined) return;
    const rest = list.filter((entry) => entry !== provider);
    this.#changes++;
    if (rest.length > 0) this.#providers.set(provider.symbol, rest);
    else this.#providers.delete(provider.symbol);
  }

  /** All providers of a name, in order of loading. */
  find(symbol: string): readonly Provider[] {
    return this.#providers.get(symbol) ?? [];
  }

  /** Waits for a provider. */
  want(pending: PendingExtern): void {
    this.#pending.add(pending);
  }

  /** Waits no longer. */
  unwant(pending: PendingExtern): void {
    this.#pending.delete(pending);
  }

  /** The externs that wait for one of these names, in the order they were wanted. */
  waiting(symbol: string): readonly PendingExtern[] {
    return [...this.#pending].filter((pending) => pending.symbol === symbol);
  }
}
