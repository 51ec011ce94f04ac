// What is done before a kernel is asked to take programs?
import { UnsupportedError } from '@rootlet/bytes';
import { relocateProgram } from '@rootlet/reloc';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { programsToLoad } from './autoload.ts';
import { btfToLoad } from './btf-load.ts';
import { fitToKernel } from './core.ts';
import { createMaps } from './create-maps.ts';
import type { LoadedMap } from './create-maps.ts';
import { LoadError } from './errors.ts';
import type { KernelError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { resolveKconfig } from './kconfig.ts';
import { closeContext, LoadedObject } from './loaded.ts';
import type { LoadContext } from './loaded.ts';
import type { LoadOptions } from './options.ts';
import { progHash } from './prog-hash.ts';
import { relocateUnit, RelocatedUnits } from './relocated-unit.ts';
import type { RelocatedUnit } from './relocated-unit.ts';
import { Rollback } from './rollback.ts';
import { applyMapOverride } from './settings.ts';
import type { ObjectSpec } from './spec.ts';
import { StructOpsTables } from './struct-ops-kernel.ts';
import { UnitLinker } from './unit-linker.ts';

/** An object whose BTF and maps are in the kernel, and whose programs are ready to be loaded: nothing is verified yet. */
export class PreparedObject {
  readonly context: LoadContext;
  readonly #units: RelocatedUnits;
  /** What the scope's count was when the externs were looked up. */
  #changes = -1;
  #closed = false;

  constructor(context: LoadContext) {
    this.context = context;
    this.#units = new RelocatedUnits(context.kernel);
  }

  /** Maps in the order they were created. */
  get maps(): readonly LoadedMap[] {
    return this.context.maps;
  }

  /** A program as it would be loaded; undefined when it would not. */
  program(name: string): RelocatedUnit | undefined {
    return this.#units.get(name);
  }

  /** Fills in the places of all programs that are to be loaded. @internal */
  relocate(): void {
    const { spec, kernel, options } = this.context;
    this.#changes = kernel.scope.changes;
    const wanted = programsToLoad(spec, options);
    const resolver = { spec, kernel, options, own: [] };
    for (const program of spec.programs) if (wanted.has(program.name)) this.#units.add(program.name, relocateUnit(this.context, resolver, program));
  }

  /**
   * The object, with nothing loaded yet: from here on it owns what was prepared.
   *
   * @param options settings of programs may have changed since; those of maps are what they were
   */
  toLoaded(options: LoadOptions): LoadedObject {
    const { spec, kernel } = this.context;
    const wanted = programsToLoad(spec, options);
    const isKnown = [...wanted].every((name) => this.#units.get(name) !== undefined);
    // A program that is wanted only now was left as it is; a function that others offer, or no longer do, changes who is called.
    if (!isKnown || kernel.scope.changes !== this.#changes) this.#units.clear();
    const fitted = isKnown ? {} : fitCode(spec, kernel, options);
    this.#closed = true;
    return new LoadedObject({ ...this.context, ...fitted, options }, this.#units);
  }

  /** Undoes it; what was pinned stays. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#units.clear();
    closeContext(this.context);
  }
}

/**
 * Loads BTF, creates and fills the maps, and fits the programs to the kernel. On failure everything that was created is undone.
 *
 * @throws LoadError naming the map, program or extern that failed, with errno
 * @libbpf bpf_object__prepare
 */
export function prepareObject(spec: ObjectSpec, kernel: Kernel, options: LoadOptions = {}): PreparedObject {
  if (!spec.littleEndian) {
    throw new LoadError('OBJECT_ENDIAN', `object '${spec.name}'`, `is big-endian; kernel ${kernel.name} is little-endian`, {
      errno: EINVAL,
    });
  }
  const rollback = new Rollback();
  try {
    const tokenFd = createToken(spec, kernel, options);
    if (tokenFd !== undefined) rollback.add(() => kernel.close(tokenFd));
    const btfFd = loadBtf(spec, kernel, options, tokenFd);
    if (btfFd !== undefined) rollback.add(() => kernel.close(btfFd));
    const structOps = new StructOpsTables(spec, kernel, options);
    const kconfig = kconfigValue(spec, kernel, options);
    const context = { spec, ...fitCode(spec, kernel, options), kernel, options, tokenFd, btfFd, structOps };
    const maps = createMaps({ ...context, kconfig, hashOf: (program) => hashOf(context, program) }, rollback);
    const prepared = new PreparedObject({ ...context, maps });
    // From here on the object itself knows how to undo everything but pins.
    rollback.commit();
    rollback.add(() => prepared.close());
    for (const { pinnedAt } of maps) if (pinnedAt !== undefined) rollback.add(() => kernel.objUnpin(pinnedAt));
    prepared.relocate();
    rollback.commit();
    return prepared;
  } catch (error) {
    rollback.run();
    throw error;
  }
}

/** The hash of a program of the object, before there are maps: it does not depend on their fds. */
function hashOf(context: Omit<LoadContext, 'maps'>, name: string): Uint8Array {
  const { spec, kernel, options } = context;
  const program = spec.programs.find((candidate) => candidate.name === name);
  if (program === undefined) throw new LoadError('NO_PROGRAM', `object '${spec.name}'`, `has no program '${name}'`, { errno: ENOENT });
  const maps = spec.maps.map((map) => {
    const override = options.maps?.get(map.name);
    const isThere = override?.reuseFd !== undefined || applyMapOverride(spec, map, override).autocreate;
    return { spec: map, fd: isThere ? 0 : -1, owned: false };
  });
  const linker = new UnitLinker({ ...context, maps }, { spec, kernel, options, own: [] }, () => 0);
  return progHash(relocateProgram(linker.model, program.funcIdx, linker).insns);
}

function fitCode(spec: ObjectSpec, kernel: Kernel, options: LoadOptions): Pick<LoadContext, 'code' | 'unresolved'> {
  const { model, unresolved } = fitToKernel(spec, kernel, options);
  return { code: model, unresolved };
}

/** What the `.kconfig` variables hold in this kernel; undefined when there are none. */
function kconfigValue(spec: ObjectSpec, kernel: Kernel, options: LoadOptions): Uint8Array | undefined {
  if (spec.kconfig.length === 0) return undefined;
  return resolveKconfig(spec, { text: options.kconfig ?? '', kernelText: () => kernel.kconfig?.(), release: kernel.release });
}

/** The token that the object is loaded with. */
function createToken(spec: ObjectSpec, kernel: Kernel, { tokenPath }: LoadOptions): number | undefined {
  if (tokenPath === '') return undefined;
  if (kernel.tokenCreate === undefined) {
    if (tokenPath === undefined) return undefined;
    throw new UnsupportedError(`BPF tokens on kernel ${kernel.name}`);
  }
  try {
    return kernel.tokenCreate(tokenPath);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
    const { errno, message } = error as KernelError;
    throw new LoadError('TOKEN', `object '${spec.name}'`, message, { errno, cause: error });
  }
}

/** A kernel that does not take the object's BTF may still take its programs, unless calls are to be bound by it, or tables of functions described. */
function loadBtf(spec: ObjectSpec, kernel: Kernel, options: LoadOptions, tokenFd: number | undefined): number | undefined {
  const bytes = btfToLoad(spec, options.maps);
  if (bytes === undefined) return undefined;
  try {
    return kernel.btfLoad(bytes, tokenFd);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
    const isMandatory = spec.maps.some(({ structOps }) => structOps !== undefined);
    if (!kernel.features.nativeCalls && !isMandatory) return undefined;
    const { errno, log, message } = error as KernelError;
    throw new LoadError('BTF_LOAD', `object '${spec.name}'`, `${message}; its BTF is mandatory`, { errno, log, cause: error });
  }
}
