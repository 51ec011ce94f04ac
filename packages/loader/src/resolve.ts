// Where does each extern of an object find what it names?
import { BTF_KIND_FUNC, BTF_KIND_VAR, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { STB_WEAK } from '@rootlet/elf';
import { checkPrototype, essentialName, planLinks } from '@rootlet/reloc';
import type { CodeExtern, CodeFunc, LinkPlanEntry, LinkPlanInput } from '@rootlet/reloc';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { FuncRef, LoadOptions } from './options.ts';
import type { Provider } from './scope.ts';
import type { ObjectSpec } from './spec.ts';
import { tailCallWish } from './tail-calls.ts';

/** Who asks, and where answers may come from. */
export interface Resolver {
  readonly spec: ObjectSpec;
  readonly kernel: Kernel;
  readonly options: LoadOptions;
  /** The object's own offers, which its externs never mean. */
  readonly own: readonly Provider[];
}

/** Whether an object may use a provider. */
export function mayUse({ options, own }: Resolver, provider: Provider): boolean {
  return !own.includes(provider) && (options.accepts?.(provider) ?? true);
}

/**
 * Plans where every extern of an object would find its provider among what is loaded.
 *
 * @returns an entry an extern, then one for each weak function of its own
 */
export function planObject(resolver: Resolver): readonly LinkPlanEntry[] {
  const { spec } = resolver;
  return planLinks(planInput(resolver, spec.code.externs, spec.code.funcs.filter(isOverridable)));
}

/**
 * Finds the provider of an extern function.
 *
 * @returns undefined when nothing provides it yet
 * @throws LoadError `AMBIGUOUS_PROVIDER` when two strong ones have the name; `PROTOTYPE_MISMATCH` with both prototypes
 */
export function resolveExtern(resolver: Resolver, ext: CodeExtern): Provider | undefined {
  const explicit = resolver.options.bind?.[ext.name];
  if (explicit !== undefined) {
    const provider = explicitProvider(resolver, ext.name, explicit);
    if (ext.btfId !== undefined) requirePrototype(resolver.spec, ext.name, ext.btfId, provider);
    return provider;
  }
  const [entry] = planLinks(planInput(resolver, [ext], []));
  return entry === undefined ? undefined : providerOf(resolver, entry);
}

/** FUNC ids of the externs that are to be slots of a program array. */
export function tailCallsOf({ spec, kernel, options }: Resolver): readonly number[] {
  if (kernel.features.nativeCalls || options.tailCalls === undefined) return [];
  return spec.code.externs.flatMap((ext) => {
    const wish = ext.sectionName === undefined && ext.kind === 'func' ? tailCallWish(options.tailCalls, spec.btf, ext) : undefined;
    return wish === undefined || wish.obstacle !== undefined || ext.btfId === undefined ? [] : [ext.btfId];
  });
}

/** The strong provider that beats a weak function of the object's own; undefined when its own body stands. */
export function resolveWeakFunc(resolver: Resolver, func: CodeFunc): Provider | undefined {
  if (!isOverridable(func)) return undefined;
  const [entry] = planLinks(planInput(resolver, [], [func]));
  return entry === undefined || entry.strategy === 'own' ? undefined : providerOf(resolver, entry);
}

/** Weak functions give way to a strong provider that is loaded already. */
function isOverridable(func: CodeFunc): boolean {
  return func.binding === STB_WEAK && func.btfId !== undefined;
}

function planInput(
  resolver: Resolver,
  externs: readonly CodeExtern[],
  weakFuncs: readonly CodeFunc[],
): LinkPlanInput {
  const { spec, kernel, options } = resolver;
  const names = [...externs, ...weakFuncs].map(({ name }) => options.aliases?.[name] ?? name);
  const extObstacle = kernel.features.nativeCalls || names.length === 0 ? undefined : kernel.extObstacle?.();
  const candidates = [...new Set(names)].flatMap((name) => kernel.scope.find(name));
  return {
    externs,
    weakFuncs,
    btf: spec.btf,
    candidates: candidates.filter((provider) => mayUse(resolver, provider)).sort((a, b) => a.seq - b.seq),
    target: kernel.features.nativeCalls ? 'native' : 'linux',
    ...(extObstacle === undefined ? {} : { extObstacle }),
    ...(options.aliases === undefined ? {} : { aliases: options.aliases }),
    ...(options.tailCalls === undefined ? {} : { tailCall: (ext) => tailCallWish(options.tailCalls, spec.btf, ext) }),
    kernelHas: (ext) => ext.sectionName === '.kconfig' || kernelHas(kernel, ext),
  };
}

function kernelHas(kernel: Kernel, ext: CodeExtern): boolean {
  const kind = ext.kind === 'func' ? BTF_KIND_FUNC : BTF_KIND_VAR;
  const has = (btf: Btf | undefined): boolean => btf?.findByNameKind(ext.kind === 'func' ? essentialName(ext.name) : ext.name, kind) !== undefined;
  return has(kernel.vmlinuxBtf()) || (kernel.moduleBtfs?.() ?? []).some(({ btf }) => has(btf));
}

function providerOf(resolver: Resolver, entry: LinkPlanEntry): Provider | undefined {
  const { spec, kernel } = resolver;
  if (entry.problem !== undefined) {
    throw new LoadError(entry.problem.code, `object '${spec.name}': extern '${entry.extern}'`, entry.problem.message, {
      errno: EINVAL,
    });
  }
  if (entry.provider === undefined) return undefined;
  const { objectName, symbol } = entry.provider;
  return kernel.scope.find(symbol).find((provider) => provider.objectName === objectName && mayUse(resolver, provider));
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
    `${mismatch.message}; provided by '${provider.objectName}'`,
    { errno: EINVAL },
  );
}

/** The function that a (program fd, BTF id) pair names. */
function explicitProvider({ spec, kernel }: Resolver, name: string, ref: FuncRef): Provider {
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
