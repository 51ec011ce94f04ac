// What is a symbol of the kernel itself bound to?
import { BTF_KIND_FUNC, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { areTypesAlike, essentialName, formatTypeRef } from '@rootlet/reloc';
import type { CodeExtern, ExternBinding } from '@rootlet/reloc';
import { E2BIG, EINVAL, ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
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
 * @throws LoadError `KERNEL_SYMBOL` when a strong one is not there; `KERNEL_SYMBOL_TYPE` when it is declared as something else than it
 *   is, but for weak functions, which then are not there
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
    const found = findInBtf(kernel, ext);
    const mismatch = found === undefined ? undefined : typeMismatch(spec.btf, ext, found);
    if (mismatch !== undefined && !(isFunc && ext.weak)) {
      throw new LoadError('KERNEL_SYMBOL_TYPE', `object '${spec.name}': extern (${isFunc ? 'func' : 'var'} ksym) '${ext.name}'`, mismatch, { errno: EINVAL });
    }
    if (found !== undefined && mismatch === undefined) {
      if (!isFunc) return { kind: 'btfVar', btfId: found.id, btfFd: found.fd };
      const idx = found.fd === 0 ? 0 : fdIdx(found.fd);
      if (idx <= MAX_FD_IDX) return { kind: 'kfunc', btfId: found.id, fdIdx: idx, btfFd: found.fd };
      throw new LoadError('KERNEL_SYMBOL', `object '${spec.name}': extern (func ksym) '${ext.name}'`, `module BTF fd index ${idx} too big to fit in bpf_insn offset`, { errno: E2BIG });
    }
  }
  if (ext.weak) return isFunc ? { kind: 'null' } : { kind: 'address', address: 0n };
  const kind = ext.sectionName === undefined ? 'extern variable' : isFunc ? 'kernel function' : 'kernel variable';
  throw new LoadError('KERNEL_SYMBOL', `object '${spec.name}': ${kind} '${ext.name}'`, `not found in kernel ${kernel.name}`, {
    errno: !isFunc && isUntyped(spec.btf, ext) ? ESRCH : EINVAL,
  });
}

/** A type in the BTF of the kernel, or of a module. */
interface KernelType {
  readonly btf: Btf;
  readonly id: number;
  /** fd of the module's BTF; 0 for the kernel's own. */
  readonly fd: number;
  /** `vmlinux`, or the module. */
  readonly source: string;
}

/** The kernel's own BTF is asked first, then its modules'. */
function findInBtf(kernel: Kernel, ext: CodeExtern): KernelType | undefined {
  const isFunc = ext.kind === 'func';
  const name = isFunc ? essentialName(ext.name) : ext.name;
  const kind = isFunc ? BTF_KIND_FUNC : BTF_KIND_VAR;
  const vmlinux = kernel.vmlinuxBtf();
  const id = vmlinux?.findByNameKind(name, kind);
  if (vmlinux !== undefined && id !== undefined) return { btf: vmlinux, id, fd: 0, source: 'vmlinux' };
  for (const { btf, fd, name: source } of kernel.moduleBtfs?.() ?? []) {
    const moduleId = btf.findByNameKind(name, kind);
    if (moduleId !== undefined && moduleId >= btf.startId) return { btf, id: moduleId, fd, source };
  }
  return undefined;
}

/** How a declaration differs from what the kernel has, in libbpf's words; undefined when it does not. */
function typeMismatch(btf: Btf | undefined, ext: CodeExtern, found: KernelType): string | undefined {
  if (btf === undefined || ext.btfId === undefined) return undefined;
  if (ext.kind === 'func') {
    const [own, kern] = [btf.refType(ext.btfId), found.btf.refType(found.id)];
    return areTypesAlike(btf, own, found.btf, kern) ? undefined : `func_proto [${own}] incompatible with ${found.source} [${kern}]`;
  }
  const [own, kern] = [btf.resolveType(btf.refType(ext.btfId)), found.btf.resolveType(found.btf.refType(found.id))];
  if (areTypesAlike(btf, own, found.btf, kern)) return undefined;
  return `incompatible types, expected ${formatTypeRef(btf, own)}, but kernel has ${formatTypeRef(found.btf, kern)}`;
}

/** `extern const void name __ksym`: only its address is wanted. */
function isUntyped(btf: Btf | undefined, ext: CodeExtern): boolean {
  if (btf === undefined || ext.btfId === undefined || btf.kind(ext.btfId) !== BTF_KIND_VAR) return false;
  return btf.resolveType(btf.refType(ext.btfId)) === 0;
}
