// What describes a thing that a kernel has loaded?
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { Kernel } from '@rootlet/loader';

/**
 * BTF that a kernel has loaded: of a program, a map, a module, or its own.
 *
 * @param id e.g. `program.info().btfId`
 * @param base what a module's BTF is split from: `kernel.vmlinuxBtf()`
 * @throws KernelError `ENOENT` when there is none with that id
 * @libbpf btf__load_from_kernel_by_id, btf__load_from_kernel_by_id_split
 */
export function readKernelBtf(kernel: Kernel, id: number, base?: Btf): Btf {
  const fd = kernel.btfFdById(id);
  try {
    return parseBtf(kernel.btfData(fd), base === undefined ? {} : { base });
  } finally {
    kernel.close(fd);
  }
}
