// Where is the kernel's own BTF?
import { parseBtf, parseBtfFile } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { existsSync, readFileSync } from 'node:fs';

/** The kernel's own word, then files that distributions of older kernels have; `%` is the release. @source libbpf: btf__load_vmlinux_btf */
const PLACES = [
  '/sys/kernel/btf/vmlinux',
  '/boot/vmlinux-%',
  '/lib/modules/%/vmlinux-%',
  '/lib/modules/%/build/vmlinux',
  '/usr/lib/modules/%/kernel/vmlinux',
  '/usr/lib/debug/boot/vmlinux-%',
  '/usr/lib/debug/boot/vmlinux-%.debug',
  '/usr/lib/debug/lib/modules/%/vmlinux',
];

/**
 * BTF of a kernel, raw or in an ELF file; undefined where no place has any. What cannot be read or parsed is passed over.
 *
 * @param root folder that stands for `/`
 */
export function findVmlinuxBtf(release: string, root = ''): Btf | undefined {
  for (const place of PLACES) {
    const path = root + place.replaceAll('%', release);
    if (!existsSync(path)) continue;
    try {
      const file = readFileSync(path);
      const { btf } = parseBtfFile(file);
      // Of a file with all that a debugger wants only this is kept.
      return btf.bytes.length === file.length ? btf : parseBtf(btf.bytes.slice());
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}
