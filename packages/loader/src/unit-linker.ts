// What do the places of one program refer to in the kernel?
import { UnsupportedError } from '@rootlet/bytes';
import { changeFunc } from '@rootlet/reloc';
import type { CodeExtern, CodeModel, CodeReloc, CodeRelocTarget, ExternBinding, JumpTable, MissingMap, RelocResolver } from '@rootlet/reloc';
import { EINVAL } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import { resolveKernelSymbol } from './ksyms.ts';
import type { LoadContext } from './loaded.ts';
import { resolveExtern, resolveWeakFunc } from './resolve.ts';
import type { Resolver } from './resolve.ts';
import type { Provider } from './scope.ts';

/** What an extern of a loaded program is bound to. */
export interface Binding {
  readonly symbol: string;
  readonly weak: boolean;
  /** Undefined while nothing provides it. */
  provider: Provider | undefined;
}

/** Answers the relocations of one program and gathers what its externs are bound to. */
export class UnitLinker implements RelocResolver {
  /** The object's code, with weak functions that something strong replaces turned into externs. */
  readonly model: CodeModel;
  readonly jumpTableFd: (table: JumpTable, targets: readonly number[]) => number;
  readonly fdArray: number[] = [];
  readonly bindings: Binding[] = [];
  readonly #context: LoadContext;
  readonly #resolver: Resolver;

  /** @param createTable makes a map of a jump table */
  constructor(context: LoadContext, resolver: Resolver, createTable: (table: JumpTable, targets: readonly number[]) => number) {
    this.jumpTableFd = createTable;
    this.#context = context;
    this.#resolver = resolver;
    this.model = overrideWeak(context.code, resolver);
  }

  mapFd(name: string, byteOff: number): number | MissingMap {
    const idx = this.#context.maps.findIndex(({ spec }) => spec.name === name && spec.byteOff === byteOff);
    if (idx < 0) throw this.#missing(`map '${name}' is not created`);
    return this.#fdOf(idx);
  }

  dataMapFd(sectionIdx: number): number | MissingMap {
    const idx = this.#context.maps.findIndex(({ spec }) => spec.sectionIdx === sectionIdx);
    if (idx < 0) throw this.#missing(`section ${sectionIdx} is no map`);
    return this.#fdOf(idx);
  }

  #fdOf(mapIdx: number): number | MissingMap {
    const fd = this.#context.maps[mapIdx]?.fd ?? -1;
    return fd >= 0 ? fd : { missingMap: mapIdx };
  }

  #missing(problem: string): LoadError {
    return new LoadError('RELOC_TARGET', `object '${this.#context.spec.name}'`, problem, { errno: EINVAL });
  }

  extern(ext: CodeExtern): ExternBinding {
    if (ext.sectionName !== undefined || ext.kind === 'var') {
      return resolveKernelSymbol(this.#context, ext, (fd) => this.#moduleFdIdx(fd));
    }
    const { spec, kernel } = this.#context;
    const known = this.bindings.find((binding) => binding.symbol === ext.name);
    if (!kernel.features.progCalls) throw new UnsupportedError(`extern function '${ext.name}' on kernel ${kernel.name}`);
    if (ext.btfId === undefined) {
      throw new LoadError('EXTERN_BTF', `object '${spec.name}': extern '${ext.name}'`, 'BTF does not declare it; compile with -g', {
        errno: EINVAL,
      });
    }
    const provider = known === undefined ? this.#lookUp(ext) : known.provider;
    // Where calls are bound by what stands before the kernel, all are bound after the load.
    if (provider !== undefined && kernel.features.nativeCalls) return { kind: 'prog', fdIdx: this.#fdIdx(provider.progFd()), btfId: provider.btfId };
    return ext.weak && provider === undefined ? { kind: 'null' } : { kind: 'pending', btfId: ext.btfId };
  }

  #lookUp(ext: CodeExtern): Provider | undefined {
    const provider = resolveExtern(this.#resolver, ext);
    this.bindings.push({ symbol: ext.name, weak: ext.weak, provider });
    return provider;
  }

  /** Index 0 of a kfunc call means the kernel itself, so something else must stand there. */
  #moduleFdIdx(fd: number): number {
    if (this.fdArray.length === 0) this.fdArray.push(0);
    const known = this.fdArray.indexOf(fd, 1);
    return known >= 0 ? known : this.fdArray.push(fd) - 1;
  }

  #fdIdx(fd: number): number {
    const known = this.fdArray.indexOf(fd);
    return known >= 0 ? known : this.fdArray.push(fd) - 1;
  }
}

/**
 * A strong provider that is loaded already beats the object's own weak body: calls of such a function become calls of an
 * extern. Pure; the spec's model stays as it is.
 */
function overrideWeak(code: CodeModel, resolver: Resolver): CodeModel {
  const externs = [...code.externs];
  const externIdxOf = new Map<number, number>();
  for (const func of code.funcs) {
    if (resolveWeakFunc(resolver, func) === undefined) continue;
    externIdxOf.set(func.index, externs.length);
    externs.push({ index: externs.length, name: func.name, kind: 'func', weak: true, btfId: func.btfId, sectionName: undefined });
  }
  if (externIdxOf.size === 0) return code;
  const replace = (reloc: CodeReloc): CodeReloc => {
    const { target } = reloc;
    if (target.kind !== 'call' && target.kind !== 'funcAddr') return reloc;
    const externIdx = externIdxOf.get(target.funcIdx);
    if (externIdx === undefined) return reloc;
    const replaced: CodeRelocTarget =
      target.kind === 'call' ? { kind: 'externCall', externIdx } : { kind: 'externAddr', externIdx, addend: 0 };
    return { ...reloc, target: replaced };
  };
  const funcs = code.funcs.map((func) => changeFunc(func, { relocs: func.relocs.map(replace) }));
  return { ...code, funcs, externs };
}
