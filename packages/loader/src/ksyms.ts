// What is a symbol of the kernel itself bound to?
import { BTF_KIND_FUNC, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { CodeExtern, ExternBinding } from '@rootlet/reloc';
import { ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { LoadContext } from './loaded.ts';

/** The index that a kfunc call names a module's BTF by is a signed 16-bit number. */
const MAX_FD_IDX = 0x7fff;

/**
 * Binds a kfunc, a kernel variable or a `.kconfig` variable.
 *
 * Functions and typed variables are found in BTF, the kernel's first, then its modules'; variables of type void by
 * address. `name___flavour` means the function `name`.
 *
 * @param fdIdx index in the program's `fd_array` of an fd; never 0, which means the kernel itself
 * @throws LoadError `KERNEL_SYMBOL` when a strong one is not there
 */
export function resolveKernelSymbol(context: LoadContext, ext: CodeExtern, fdIdx: (fd: number) => number): ExternBinding {
  const { spec, kernel } = context;
  const variable = spec.kconfig.find(({ name }) => name === ext.name);
  const kconfigMap = variable === undefined ? undefined : context.maps.find((map) => map.spec.sectionName === '.kconfig');
  if (variable !== undefined && kconfigMap !== undefined) return { kind: 'mapValue', mapFd: kconfigMap.fd, byteOff: variable.byteOff };
  const isFunc = ext.kind === 'func';
  if (!isFunc && isUntyped(spec.btf, ext)) {
    const address = kernel.kallsyms?.(new Set([ext.name])).get(ext.name);
    if (address !== undefined) return { kind: 'address', address };
  } else {
    const name = isFunc ? ext.name.replace(/(?<=.)___.*$/, '') : ext.name;
    const kind = isFunc ? BTF_KIND_FUNC : BTF_KIND_VAR;
    const id = kernel.vmlinuxBtf()?.findByNameKind(name, kind);
    if (id !== undefined) return isFunc ? { kind: 'kfunc', btfId: id, fdIdx: 0 } : { kind: 'btfVar', btfId: id, btfFd: 0 };
    for (const module of kernel.moduleBtfs?.() ?? []) {
      const moduleId = module.btf.findByNameKind(name, kind);
      if (moduleId === undefined || moduleId < module.btf.startId) continue;
      if (!isFunc) return { kind: 'btfVar', btfId: moduleId, btfFd: module.fd };
      const idx = fdIdx(module.fd);
      if (idx <= MAX_FD_IDX) return { kind: 'kfunc', btfId: moduleId, fdIdx: idx };
    }
  }
  if (ext.weak) return isFunc ? { kind: 'null' } : { kind: 'address', address: 0n };
  const kind = ext.sectionName === undefined ? 'extern variable' : isFunc ? 'kernel function' : 'kernel variable';
  throw new LoadError('KERNEL_SYMBOL', `object '${spec.name}': ${kind} '${ext.name}'`, `not found in kernel ${kernel.name}`, {
    errno: ESRCH,
  });
}

/** `extern const void name __ksym`: only its address is wanted. */
function isUntyped(btf: Btf | undefined, ext: CodeExtern): boolean {
  if (btf === undefined || ext.btfId === undefined || btf.kind(ext.btfId) !== BTF_KIND_VAR) return false;
  return btf.resolveType(btf.refType(ext.btfId)) === 0;
}
