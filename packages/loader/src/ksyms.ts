// What is a symbol of the kernel itself bound to?
import { BTF_KIND_FUNC, BTF_KIND_VAR } from '@rootlet/btf';
import type { CodeExtern, ExternBinding } from '@rootlet/reloc';
import { ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { LoadContext } from './loaded.ts';

/**
 * Binds a kfunc, a kernel variable or a `.kconfig` variable.
 *
 * @throws LoadError `KERNEL_SYMBOL` when a strong one is not there
 */
export function resolveKernelSymbol(context: LoadContext, ext: CodeExtern): ExternBinding {
  const variable = context.spec.kconfig.find(({ name }) => name === ext.name);
  const kconfigMap = variable === undefined ? undefined : context.maps.find(({ spec }) => spec.sectionName === '.kconfig');
  if (variable !== undefined && kconfigMap !== undefined) return { kind: 'mapValue', mapFd: kconfigMap.fd, byteOff: variable.byteOff };
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
