// Where does each extern of an object find what it names?
import { BTF_KIND_FUNC, parseBtf } from '@rootlet/btf';
import { checkPrototype } from '@rootlet/reloc';
import type { CodeExtern } from '@rootlet/reloc';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { FuncRef, LoadOptions } from './options.ts';
import type { Provider } from './scope.ts';
import type { ObjectSpec } from './spec.ts';

/** Which function an extern is bound to, as far as it is known now. */
export type Resolution =
  | { readonly kind: 'provider'; readonly provider: Provider }
  | { readonly kind: 'pending' }
  | { readonly kind: 'absent' };

/** Whether an object may use a provider: `accepts` of its options. */
export function mayUse(options: LoadOptions, provider: Provider): boolean {
  return options.accepts?.(provider) ?? true;
}

/**
 * Finds the provider of an extern function among what is loaded.
 *
 * @returns `pending` for a strong extern that nothing provides yet, `absent` for a weak one
 * @throws LoadError `AMBIGUOUS_PROVIDER` when two strong ones have the name; `PROTOTYPE_MISMATCH`
 */
export function resolveExtern(spec: ObjectSpec, kernel: Kernel, options: LoadOptions, ext: CodeExtern): Resolution {
  const explicit = options.bind?.[ext.name];
  const provider =
    explicit === undefined
      ? chooseProvider(spec, ext.name, candidates(kernel, options, ext.name))
      : explicitProvider(spec, kernel, ext.name, explicit);
  if (provider === undefined) return { kind: ext.weak ? 'absent' : 'pending' };
  if (ext.btfId !== undefined) requirePrototype(spec, ext.name, ext.btfId, provider);
  return { kind: 'provider', provider };
}

/** The providers that an extern of this name may be bound to. */
export function candidates(kernel: Kernel, options: LoadOptions, name: string): readonly Provider[] {
  return kernel.scope.find(options.aliases?.[name] ?? name).filter((provider) => mayUse(options, provider));
}

/** One strong provider, or else the weak one that was loaded first. */
export function chooseProvider(spec: ObjectSpec, name: string, found: readonly Provider[]): Provider | undefined {
  const strong = found.filter((provider) => !provider.weak);
  if (strong.length > 1) {
    const owners = strong.map((provider) => `'${provider.objectName}'`).join(' and ');
    throw new LoadError('AMBIGUOUS_PROVIDER', `object '${spec.name}': extern '${name}'`, `provided by ${owners}; choose with scope or aliases`, {
      errno: EINVAL,
    });
  }
  return strong[0] ?? found[0];
}

/**
 * Checks that a provider has the prototype that the object declared.
 *
 * @param funcId FUNC id of the declaration in the object's BTF
 * @throws LoadError `PROTOTYPE_MISMATCH` with both prototypes as C
 */
export function requirePrototype(spec: ObjectSpec, name: string, funcId: number, provider: Provider): void {
  if (spec.btf === undefined) return;
  const mismatch = checkPrototype({ btf: spec.btf, id: funcId }, { btf: provider.btf, id: provider.btfId });
  if (mismatch === undefined) return;
  throw new LoadError(
    'PROTOTYPE_MISMATCH',
    `object '${spec.name}': extern '${name}'`,
    `${mismatch.where}: ${mismatch.reason}\n  declared in '${spec.name}': ${mismatch.a}\n  defined in '${provider.objectName}': ${mismatch.b}`,
    { errno: EINVAL },
  );
}

/** The function that a (program fd, BTF id) pair names. */
function explicitProvider(spec: ObjectSpec, kernel: Kernel, name: string, ref: FuncRef): Provider {
  const what = `object '${spec.name}': extern '${name}'`;
  const info = kernel.info(ref.progFd);
  if (info.kind !== 'prog' || info.btfId === 0) {
    throw new LoadError('BIND_TARGET', what, `fd ${ref.progFd} is no program with BTF`, { errno: EINVAL });
  }
  const btfFd = kernel.btfFdById(info.btfId);
  try {
    const btf = parseBtf(kernel.btfData(btfFd));
    if (ref.btfId >= btf.typeCount || btf.kind(ref.btfId) !== BTF_KIND_FUNC) {
      throw new LoadError('BIND_TARGET', what, `BTF id ${ref.btfId} of program '${info.name}' is no function`, { errno: ENOENT });
    }
    return {
      symbol: btf.name(ref.btfId),
      objectName: info.name,
      progFd: () => ref.progFd,
      btf,
      btfId: ref.btfId,
      weak: false,
      seq: 0,
    };
  } finally {
    kernel.close(btfFd);
  }
}
