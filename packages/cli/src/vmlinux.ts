// Where does the kernel's BTF come from?
import { parseBtfFile } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { existsSync } from 'node:fs';
import type { Io } from './io.ts';

/** The running kernel's own BTF. */
const VMLINUX_BTF = '/sys/kernel/btf/vmlinux';

/**
 * The kernel's BTF, parsed when a program asks for it.
 *
 * @param path file to take it from, raw or ELF; the running kernel's where it exists, when absent
 */
export function lazyVmlinux(io: Io, path: string | undefined): () => Btf | undefined {
  let btf: Btf | undefined;
  if (path !== undefined) {
    btf = parseBtfFile(io.read(path)).btf;
    return () => btf;
  }
  return () => {
    if (btf === undefined && existsSync(VMLINUX_BTF)) btf = parseBtfFile(io.read(VMLINUX_BTF)).btf;
    return btf;
  };
}
