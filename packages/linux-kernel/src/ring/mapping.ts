// How is memory of the kernel reached, and what is there after it was given back?
import { KernelError } from '@rootlet/loader';
import type { NativeIo } from './native.ts';

/** Address space of mappings whose last view is gone. */
const unmapper = new FinalizationRegistry<{ native: NativeIo; address: bigint; length: number }>(({ native, address, length }) => {
  native.munmap(address, length);
});

/**
 * Memory shared with the kernel.
 *
 * JavaScript cannot take views back, and touching memory that is unmapped ends the process. So closing puts zeros where the
 * shared memory was, which ends the sharing at once; the address space itself is given back when no view is left.
 */
export class Mapping {
  readonly buffer: ArrayBuffer;
  readonly #native: NativeIo;
  readonly #address: bigint;
  #open = true;

  /** @throws KernelError `EPERM` for memory that may not be mapped so, `EINVAL` for what cannot be mapped */
  constructor(native: NativeIo, fd: number, byteOff: number, length: number, writable: boolean) {
    const address = native.mmap(fd, byteOff, length, writable);
    if (address < 0n && address > -4096n) {
      throw new KernelError('mmap', Number(-address), `fd ${fd}, ${length} bytes at ${byteOff}${writable ? ', to write' : ''}`);
    }
    this.#native = native;
    this.#address = address;
    this.buffer = native.view(address, length);
    unmapper.register(this.buffer, { native, address, length });
  }

  /** Whether it still is the kernel's memory. */
  get isOpen(): boolean {
    return this.#open;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.unshare(this.#address, this.buffer.byteLength);
  }
}
