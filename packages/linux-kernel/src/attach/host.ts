// What does attaching need of the kernel behind it?
import { KernelError } from '@rootlet/loader';
import type { StructLayout } from '@rootlet/uapi';
import { encodeAttr, encodeText } from '../attr.ts';
import type { AttrFields } from '../attr.ts';
import type { Ffi } from '../ffi.ts';

/** Access to the kernel for one family of attachments and the next. */
export class AttachHost {
  readonly ffi: Ffi;
  /** By fd of an attachment: what is to be done when it is closed. */
  readonly #onClose = new Map<number, () => void>();
  readonly #groups = new Set<number>();

  constructor(ffi: Ffi) {
    this.ffi = ffi;
  }

  /** One command of bpf(2). @returns its result or the negative errno */
  tryBpf(cmd: number, layout: StructLayout, fields: AttrFields): number {
    return this.ffi.bpf(cmd, encodeAttr(layout, fields));
  }

  /** One command of bpf(2). @throws KernelError named by `operation`, about `what` */
  bpf(operation: string, what: string, cmd: number, layout: StructLayout, fields: AttrFields): number {
    return this.need(operation, what, this.tryBpf(cmd, layout, fields));
  }

  /** The result of a system call. @throws KernelError when it is a negative errno */
  need(operation: string, what: string, result: number): number {
    if (result < 0) throw new KernelError(operation, -result, what);
    return result;
  }

  /** NUL-terminated text for the kernel. */
  text(text: string): Uint8Array<ArrayBuffer> {
    return encodeText('attach', text);
  }

  /** Closes an fd, and what belonged to it. */
  close(fd: number): void {
    this.ffi.close(fd);
    this.closed(fd);
  }

  /** Does something after the attachment behind `fd` was closed. */
  onClose(fd: number, action: () => void): void {
    const before = this.#onClose.get(fd);
    this.#onClose.set(
      fd,
      before === undefined
        ? action
        : () => {
            before();
            action();
          },
    );
  }

  /** Further attachments that belong to the one behind `fd` and are closed with it. */
  group(fd: number, others: readonly number[]): void {
    this.#groups.add(fd);
    this.onClose(fd, () => {
      for (const other of others) this.close(other);
    });
  }

  /** Whether an fd stands for more attachments than one, which no pin could hold. */
  isGroup(fd: number): boolean {
    return this.#groups.has(fd);
  }

  /** An fd was closed: what else belonged to it goes. */
  closed(fd: number): void {
    const action = this.#onClose.get(fd);
    this.#onClose.delete(fd);
    this.#groups.delete(fd);
    action?.();
  }
}

/** 64-bit words as bytes. */
export function quads(values: readonly (bigint | number)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}
