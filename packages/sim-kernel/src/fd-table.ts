// What does an fd stand for?
import { KernelError } from '@rootlet/loader';
import { EBADF, EINVAL, EMFILE } from '@rootlet/uapi';
import type { KernelObject } from './kernel-object.ts';

/** 0, 1 and 2 are what they are everywhere. */
const FIRST_FD = 3;

/** Open files of a kernel: the lowest free number is given out, as in a process. */
export class FdTable {
  readonly #files: (KernelObject | undefined)[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Open fds. */
  get size(): number {
    return this.#files.reduce((count, file) => count + (file === undefined ? 0 : 1), 0);
  }

  /** A new fd that holds an object. @throws KernelError `EMFILE` */
  open(object: KernelObject): number {
    const free = this.#files.indexOf(undefined);
    const index = free < 0 ? this.#files.length : free;
    if (index >= this.#limit) throw new KernelError('open', EMFILE, `${this.#limit} fds are open`);
    this.#files[index] = object;
    object.holdByUser();
    return index + FIRST_FD;
  }

  /** @throws KernelError `EBADF` */
  get(fd: number, operation: string): KernelObject {
    const object = this.#files[fd - FIRST_FD];
    if (object === undefined) throw new KernelError(operation, EBADF, `fd ${fd} is not open`);
    return object;
  }

  /** The object behind an fd, which must be of one kind. @throws KernelError `EBADF`, `EINVAL` */
  getKind<T extends KernelObject>(fd: number, type: abstract new (...args: never[]) => T, operation: string): T {
    const object = this.get(fd, operation);
    if (object instanceof type) return object;
    throw new KernelError(operation, EINVAL, `fd ${fd} is a ${object.kind}`);
  }

  find(fd: number): KernelObject | undefined {
    return this.#files[fd - FIRST_FD];
  }

  /** @throws KernelError `EBADF` */
  close(fd: number): void {
    const object = this.get(fd, 'close');
    this.#files[fd - FIRST_FD] = undefined;
    object.releaseByUser();
  }

  /** Every open fd. */
  fds(): number[] {
    return this.#files.flatMap((file, index) => (file === undefined ? [] : [index + FIRST_FD]));
  }
}
