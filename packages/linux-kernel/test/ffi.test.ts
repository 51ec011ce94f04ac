// Do buffers live as long as the kernel may read them?
import { expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKoffiFfi } from '../src/ffi.ts';

const NO_SUCH_COMMAND = 0xffff;
const itOnLinux = process.platform === 'linux' ? it : it.skip; // Elsewhere createKoffiFfi throws UnsupportedError.

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Whether something is still there after the garbage is collected. A WeakRef keeps its target until the job that looked at it ends. */
async function isAlive(ref: WeakRef<object>): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  collectGarbage();
  return ref.deref() !== undefined;
}

itOnLinux('a buffer whose address was taken stays until the call has done well', async () => {
  const ffi = createKoffiFfi();
  // Not in this function's frame, which would keep it.
  const ref = ((): WeakRef<object> => {
    const bytes = new Uint8Array(1 << 16);
    ffi.address(bytes);
    return new WeakRef(bytes);
  })();
  expect(await isAlive(ref)).toBe(true);

  // What was refused may be asked again, of the same bytes.
  expect(ffi.bpf(NO_SUCH_COMMAND, new Uint8Array(8))).toBeLessThan(0);
  expect(await isAlive(ref)).toBe(true);
  ffi.address(new Uint8Array(8));
  expect(await isAlive(ref)).toBe(false);
});
