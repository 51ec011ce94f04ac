// What is a symbol of the kernel itself bound to?
import { BTF_KIND_FUNC, BTF_KIND_VAR } from '@rootlet/btf';
import type { CodeExtern, ExternBinding } from '@rootlet/reloc';
import { ESRCH } from '@rootlet/uapi';
import { findMap } from './create-maps.ts';
import { LoadError } from './errors.ts';
import type { LoadContext } from './loaded.ts';

/**
 * Binds a kfunc, a kernel variable or a `.kconfig` variable.
 *
 * @throws LoadError `KERNEL_SYMBOL` when a strong one is not there
 */
export function resolveKernelSymbol(context: LoadContext, ext: CodeExtern): ExternBinding {
  const kconfigMap = findMap(context.maps, '.kconfig');
  const byteOff = context.kconfig.get(ext.name);
  if (kconfigMap !== undefined && byteOff !== undefined) return { kind: 'mapValue', mapFd: kconfigMap.fd, byteOff };
  const btf = context.kernel.vmlinuxBtf();
  const id = btf?.findByNameKind(ext.name, ext.kind === 'func' ? BTF_KIND_FUNC : BTF_KIND_VAR);
  if (id !== undefined) {
    return ext.kind === 'func' ? { kind: 'kfunc', btfId: id, fdIdx: 0 } : { kind: 'btfVar', btfId: id, btfFd: 0 };
  }
  if (ext.weak) return ext.kind === 'func' ? { kind: 'null' } : { kind: 'address', address: 0n };
  const kind = ext.sectionName === undefined ? 'extern variable' : ext.kind === 'func' ? 'kernel function' : 'kernel variable';
  throw new LoadError('KERNEL_SYMBOL', `object '${context.spec.name}': ${kind} '${ext.name}'`, `not found in kernel ${context.kernel.name}`, {
    errno: ESRCH,
  });
}
