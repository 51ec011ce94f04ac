// What does an iterator write?
import { KernelError } from '@rootlet/loader';
import { EAGAIN, EIO } from '@rootlet/uapi';
import { readSync } from 'node:fs';

/** Bytes that one read asks for. */
const ITER_BYTES = 1 << 15;

/** The next bytes of a walk; empty at its end. @param iterFd of `ITER_CREATE` */
export function readIter(iterFd: number): Uint8Array {
  const buffer = new Uint8Array(ITER_BYTES);
  for (;;) {
    try {
      return buffer.subarray(0, readSync(iterFd, buffer));
    } catch (error) {
      const errno = -((error as { errno?: number }).errno ?? -EIO);
      // A million elements without a word; there may be more.
      if (errno !== EAGAIN) throw new KernelError('iter read', errno, `fd ${iterFd}`, { cause: error });
    }
  }
}
