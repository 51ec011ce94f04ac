// Where does the kernel's BTF come from?
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { existsSync } from 'node:fs';
import type { Io } from './io.ts';

/** The running kernel's own BTF. */
const VMLINUX_BTF = '/sys/kernel/btf/vmlinux';

/**
 * The kernel's BTF, parsed when a program asks for it.
 *
 * @param path file to take it from; the running kernel's where it exists, when absent
 */
export function lazyVmlinux(io: Io, path: string | undefined): () => Btf | undefined {
  let btf: Btf | undefined;
  if (path !== undefined) {
    btf = parseBtf(io.read(path));
    return () => btf;
  }
  return () => {
    if (btf === undefined && existsSync(VMLINUX_BTF)) btf = parseBtf(io.read(VMLINUX_BTF));
    return btf;
  };
}
