// How is a map's memory reached without a system call for each access?
import { KernelError } from '@rootlet/loader';
import type { MapMemory } from '@rootlet/loader';
import { nativeIo } from './ring/native.ts';

/** Address space that views of memory are in, shared with a map or not any more. */
interface Region {
  readonly address: bigint;
  readonly length: number;
  /** Buffers that may still be read and written. */
  buffers: number;
  shared: boolean;
}

const regions = new Map<bigint, Region>();

const unmapper = new FinalizationRegistry<Region>((region) => {
  if (--region.buffers > 0) return;
  regions.delete(region.address);
  nativeIo().munmap(region.address, region.length);
});

/**
 * Maps the memory of an array or arena. JavaScript cannot take views back, and touching memory that is unmapped ends the process: so
 * `unmap` puts zeros where the shared memory was, and the address space is given back when no view is left.
 *
 * @param address where it must stand; 0n for anywhere
 * @throws KernelError `EEXIST` when something else stands there
 */
export function mapMemory(mapFd: number, length: number, address: bigint): MapMemory {
  const native = nativeIo();
  // Where a map of the same address was before, only zeros are now.
  const known = regions.get(address);
  const stale = known !== undefined && !known.shared && known.length === length ? known : undefined;
  const place = address === 0n ? undefined : { address, replace: stale !== undefined };
  const at = native.mmap(mapFd, 0, length, true, place);
  if (at < 0n && at > -4096n) throw new KernelError('map memory', Number(-at), `fd ${mapFd}, ${length} bytes`);
  const region = stale ?? { address: at, length, buffers: 0, shared: true };
  region.shared = true;
  region.buffers++;
  regions.set(at, region);
  const buffer = native.view(at, length);
  unmapper.register(buffer, region);
  let open = true;
  return {
    address: at,
    bytes: new Uint8Array(buffer),
    unmap() {
      if (!open) return;
      open = false;
      region.shared = false;
      native.unshare(at, length);
    },
  };
}
