// How is the memory of an array reached without a call for each access?
import type { Kernel, KernelError, MapMemory, MapSpec } from '@rootlet/loader';
import { BPF_F_MMAPABLE, BPF_MAP_TYPE_ARRAY, EACCES, EPERM } from '@rootlet/uapi';

const PAGE = 4096;

/** All values of an array, each rounded up to 8 bytes. */
export class SharedValues {
  readonly #memory: MapMemory;
  readonly #byteLen: number;
  #view: Uint8Array | undefined;

  constructor(memory: MapMemory, byteLen: number) {
    this.#memory = memory;
    this.#byteLen = byteLen;
  }

  /** The same view each time, unless the memory moved. */
  get bytes(): Uint8Array {
    const { bytes } = this.#memory;
    if (this.#view?.buffer !== bytes.buffer) this.#view = bytes.subarray(0, this.#byteLen);
    return this.#view;
  }

  unmap(): void {
    this.#memory.unmap();
  }
}

/** Shares the values of an array; undefined where that is impossible. */
export function shareValues(kernel: Kernel, fd: number, map: MapSpec): SharedValues | undefined {
  if (map.type !== BPF_MAP_TYPE_ARRAY || (map.flags & BPF_F_MMAPABLE) === 0 || kernel.mapMemory === undefined) return undefined;
  const byteLen = Math.ceil(map.valueSize / 8) * 8 * map.maxEntries;
  try {
    return new SharedValues(kernel.mapMemory(fd, Math.ceil(byteLen / PAGE) * PAGE, 0n), map.maxEntries === 1 ? map.valueSize : byteLen);
  } catch (error) {
    // A reused map may be frozen already.
    if (error instanceof Error && error.name === 'KernelError' && [EPERM, EACCES].includes((error as KernelError).errno)) return undefined;
    throw error;
  }
}
