// How are bytes kept in the kernel that nobody can change?
import type { Kernel } from '@rootlet/loader';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';

/** An array whose one value is the bytes; neither programs nor processes can write it. @returns its fd @throws KernelError */
export function createFrozen(kernel: Kernel, name: string, value: Uint8Array): number {
  const fd = kernel.mapCreate({ name, type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: value.length, maxEntries: 1, flags: BPF_F_RDONLY_PROG });
  try {
    kernel.mapUpdate(fd, new Uint8Array(4), value);
    kernel.mapFreeze(fd);
    return fd;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

/** The bytes; empty when it is no such map. */
export function readFrozen(kernel: Kernel, fd: number): Uint8Array {
  const info = kernel.info(fd);
  return info.kind === 'map' && info.keySize === 4 ? (kernel.mapLookup(fd, new Uint8Array(4)) ?? new Uint8Array(0)) : new Uint8Array(0);
}
