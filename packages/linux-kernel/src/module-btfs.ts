// Which modules of the kernel have BTF?
import { parseBtf } from '@rootlet/btf';
import type { Kernel, KernelError, ModuleBtf } from '@rootlet/loader';
import { ENOENT } from '@rootlet/uapi';

/** BTF of every module. What is held here is held until the process ends, as the kernel's own BTF is. */
export function findModules(kernel: Kernel): readonly ModuleBtf[] {
  const base = kernel.vmlinuxBtf();
  if (base === undefined) return [];
  return kernel.ids('btf').flatMap((id) => {
    const fd = btfFdIfThere(kernel, id);
    if (fd === undefined) return [];
    const info = kernel.info(fd);
    // Objects' BTF has no name.
    if (info.kind === 'btf' && info.name !== '' && info.name !== 'vmlinux') {
      return [{ name: info.name, fd, btf: parseBtf(kernel.btfData(fd), { base }) }];
    }
    kernel.close(fd);
    return [];
  });
}

/** Another process may have let go of what was listed a moment ago. */
function btfFdIfThere(kernel: Kernel, id: number): number | undefined {
  try {
    return kernel.btfFdById(id);
  } catch (error) {
    if ((error as KernelError).errno === ENOENT) return undefined;
    throw error;
  }
}
