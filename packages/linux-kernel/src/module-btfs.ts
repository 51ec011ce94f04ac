// Which modules of the kernel have BTF?
import { parseBtf } from '@rootlet/btf';
import type { Kernel, KernelError, ModuleBtf } from '@rootlet/loader';
import { ENOENT, EPERM } from '@rootlet/uapi';

/** What of the kernel is asked. */
type BtfKernel = Pick<Kernel, 'vmlinuxBtf' | 'ids' | 'btfFdById' | 'btfData' | 'info' | 'close'>;

/** BTF of every module, as far as this process may see it. What is held here is held until the process ends, as the kernel's own BTF is. */
export function findModules(kernel: BtfKernel): readonly ModuleBtf[] {
  const base = kernel.vmlinuxBtf();
  if (base === undefined) return [];
  return allowedIds(kernel).flatMap((id) => {
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

/** Who may not list BTF does without modules, as with libbpf. */
function allowedIds(kernel: BtfKernel): readonly number[] {
  try {
    return kernel.ids('btf');
  } catch (error) {
    if ((error as KernelError).errno === EPERM) return [];
    throw error;
  }
}

/** Another process may have let go of what was listed a moment ago. */
function btfFdIfThere(kernel: BtfKernel, id: number): number | undefined {
  try {
    return kernel.btfFdById(id);
  } catch (error) {
    if ((error as KernelError).errno === ENOENT) return undefined;
    throw error;
  }
}
