// How is a map's memory reached without a system call for each access?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { MapMemory } from '@rootlet/loader';
import koffi from 'koffi';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
/** Refuses to replace what stands at the address. @source mmap(2), since Linux 4.17 */
const MAP_FIXED_NOREPLACE = 0x100000;

/** mmap(2) and munmap(2). */
interface Native {
  /** @returns the address, or the negative errno */
  map(address: bigint, length: number, flags: number, fd: number): bigint;
  unmap(address: bigint, length: number): void;
}

let native: Native | undefined;

function getNative(): Native {
  if (process.platform !== 'linux') throw new UnsupportedError(`mapping memory on ${process.platform}`);
  const libc = koffi.load('libc.so.6');
  const mmap = libc.func('intptr_t mmap(intptr_t address, size_t length, int prot, int flags, int fd, int64_t offset)');
  const munmap = libc.func('int munmap(intptr_t address, size_t length)');
  // errno must be read in the very next statement: any other call in between may change it.
  return {
    map(address, length, flags, fd) {
      const result = mmap(address, length, PROT_READ_WRITE, flags, fd, 0) as number | bigint;
      return BigInt(result) === -1n ? BigInt(-koffi.errno()) : BigInt(result);
    },
    unmap: (address, length) => void munmap(address, length),
  };
}

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
  native?.unmap(region.address, region.length);
});

/**
 * Maps the memory of an array or arena. JavaScript cannot take views back, and touching memory that is unmapped ends the process: so
 * `unmap` puts zeros where the shared memory was, and the address space is given back when no view is left.
 *
 * @param address where it must stand; 0n for anywhere
 * @throws KernelError `EEXIST` when something else stands there
 */
export function mapMemory(mapFd: number, length: number, address: bigint): MapMemory {
  native ??= getNative();
  const libc = native;
  // Where a map of the same address was before, only zeros are now.
  const known = regions.get(address);
  const stale = known !== undefined && !known.shared && known.length === length ? known : undefined;
  const placed = address === 0n ? 0 : stale === undefined ? MAP_FIXED_NOREPLACE : MAP_FIXED;
  const at = libc.map(address, length, MAP_SHARED | placed, mapFd);
  if (at < 0n && at > -4096n) throw new KernelError('map memory', Number(-at), `fd ${mapFd}, ${length} bytes`);
  const region = stale ?? { address: at, length, buffers: 0, shared: true };
  region.shared = true;
  region.buffers++;
  regions.set(at, region);
  const buffer = koffi.view(at, length);
  unmapper.register(buffer, region);
  let open = true;
  return {
    address: at,
    bytes: new Uint8Array(buffer),
    unmap() {
      if (!open) return;
      open = false;
      region.shared = false;
      libc.map(at, length, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    },
  };
}
