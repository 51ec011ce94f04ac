// How long does a thing in the kernel live?

/** A program, map, BTF or link: it has an id, and lives while somebody holds it. */
export abstract class KernelObject {
  abstract readonly kind: 'prog' | 'map' | 'btf' | 'link';
  readonly id: number;
  #refs = 0;
  /** References from user space: fds and pins. */
  #userRefs = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Takes a reference from within the kernel. */
  hold(): this {
    this.#refs++;
    return this;
  }

  /** Gives a reference back; the last one frees. */
  release(): void {
    if (--this.#refs === 0) this.free();
  }

  /** Takes a reference for an fd or a pin. */
  holdByUser(): this {
    this.#userRefs++;
    return this.hold();
  }

  /** Gives a reference of an fd or a pin back. */
  releaseByUser(): void {
    if (--this.#userRefs === 0) this.userGone();
    this.release();
  }

  /** No fd and no pin is left; programs and links may still hold it. */
  protected userGone(): void {}

  /** The last reference is gone. */
  protected abstract free(): void;
}

/** All living things of one kind, by id. */
export class ObjectTable<T extends KernelObject> {
  readonly #objects = new Map<number, T>();
  #lastId = 0;

  /** The next id; ids are never used twice. */
  nextId(): number {
    return ++this.#lastId;
  }

  add(object: T): T {
    this.#objects.set(object.id, object);
    return object;
  }

  remove(object: T): void {
    this.#objects.delete(object.id);
  }

  find(id: number): T | undefined {
    return this.#objects.get(id);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Ascending by id. */
  values(): IterableIterator<T> {
    return this.#objects.values();
  }
}
