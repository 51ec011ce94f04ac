// What is an object that stands in a kernel, and how are its calls bound?
import type { Btf } from '@rootlet/btf';
import { relocateProgram } from '@rootlet/reloc';
import type { CodeModel, RelocatedProgram, UnresolvedCoreRelo } from '@rootlet/reloc';
import { BPF_PROG_TYPE_EXT, BPF_PROG_TYPE_STRUCT_OPS, BPF_PROG_TYPE_UNSPEC, BPF_TRACE_UPROBE_MULTI, EINVAL, ENOENT, ESRCH, progTypeStr } from '@rootlet/uapi';
import { findAttachBtf } from './attach-btf.ts';
import type { LoadedMap } from './create-maps.ts';
import { LoadError } from './errors.ts';
import { progLoadError } from './load-log.ts';
import type { Kernel, ProgAttr } from './kernel.ts';
import type { LoadOptions, ProgramOverride } from './options.ts';
import { mayUse, requirePrototype, tailCallsOf } from './resolve.ts';
import type { Resolver } from './resolve.ts';
import { closeTables, programWhat, relocateUnit, RelocatedUnits } from './relocated-unit.ts';
import type { RelocatedUnit } from './relocated-unit.ts';
import type { Rollback } from './rollback.ts';
import type { PendingExtern, Provider } from './scope.ts';
import type { ExportSpec, MapSpec, ObjectSpec, ProgramSpec } from './spec.ts';
import { structOpsValue } from './struct-ops-kernel.ts';
import type { StructOpsTables } from './struct-ops-kernel.ts';
import { UnitLinker } from './unit-linker.ts';
import type { Binding } from './unit-linker.ts';

/** A program of a loaded object. */
export interface LoadedProgram {
  readonly spec: ProgramSpec;
  /** `BPF_PROG_TYPE_*` it was loaded as. */
  readonly type: number;
  /** Changes when `relink()` loads it again. */
  fd: number;
  /** Verifier log at the level asked for. */
  log: string;
  /** Externs that its code refers to, its subprograms' included. */
  bindings: Binding[];
  /** What it runs, with its subprograms. */
  relocated: RelocatedProgram;
}

/** State shared by the steps of loading. */
export interface LoadContext {
  readonly spec: ObjectSpec;
  /** The spec's code as it fits the kernel: CO-RE relocations are applied. */
  readonly code: CodeModel;
  /** CO-RE relocations that the kernel's types do not answer. */
  readonly unresolved: readonly UnresolvedCoreRelo[];
  readonly kernel: Kernel;
  readonly options: LoadOptions;
  /** Whose rights count; undefined for the process's own. */
  readonly tokenFd: number | undefined;
  readonly btfFd: number | undefined;
  readonly maps: readonly LoadedMap[];
  /** How the kernel lays out tables of functions. */
  readonly structOps: StructOpsTables;
}

/**
 * An object in a kernel: its programs, maps, offers and wishes.
 *
 * A dependant holds what it calls, never the reverse: closing the object leaves functions loaded that others depend on.
 */
export class LoadedObject {
  readonly context: LoadContext;
  readonly #programs = new Map<string, LoadedProgram>();
  readonly #offers: Provider[] = [];
  readonly #wishes = new Set<PendingExtern>();
  /** Programs that are ready to be loaded. */
  readonly #units: RelocatedUnits;
  #closed = false;

  constructor(context: LoadContext, units: RelocatedUnits = new RelocatedUnits(context.kernel)) {
    this.context = context;
    this.#units = units;
  }

  get spec(): ObjectSpec {
    return this.context.spec;
  }

  get kernel(): Kernel {
    return this.context.kernel;
  }

  /** How its externs find their providers. */
  get resolver(): Resolver {
    const { spec, kernel, options } = this.context;
    return { spec, kernel, options, own: this.#offers };
  }

  /** Maps in the order they were created. */
  get maps(): readonly LoadedMap[] {
    return this.context.maps;
  }

  /** Loaded programs by name, library functions included. */
  get programs(): ReadonlyMap<string, LoadedProgram> {
    return this.#programs;
  }

  /**
   * Loads one program, unless it is loaded already.
   *
   * @throws LoadError `PROG_LOAD` with errno and log when it is rejected
   */
  loadProgram(program: ProgramSpec): LoadedProgram {
    const loaded = this.#programs.get(program.name);
    if (loaded !== undefined) return loaded;
    const unit = this.#loadUnit(program);
    this.#programs.set(program.name, unit);
    return unit;
  }

  #loadUnit(program: ProgramSpec): LoadedProgram {
    const { spec, kernel, options } = this.context;
    const override = options.programs?.get(program.name);
    const what = programWhat(spec, program);
    const type = this.#typeOf(program, override, what);
    const unit = this.#units.take(program.name) ?? relocateUnit(this.context, this.resolver, program);
    try {
      return this.#loadRelocated(program, unit, what, type, override);
    } finally {
      // The program holds its tables once it is loaded.
      closeTables(kernel, unit);
    }
  }

  #loadRelocated(program: ProgramSpec, { linker, relocated }: RelocatedUnit, what: string, type: number, override: ProgramOverride | undefined): LoadedProgram {
    const { spec, kernel, options, btfFd, tokenFd } = this.context;
    const replacement = type === BPF_PROG_TYPE_EXT && override?.attachProgFd === undefined;
    const expectedAttachType = override?.expectedAttachType ?? attachTypeOn(kernel, program);
    const chosen = override?.attachBtfId !== undefined || override?.attachProgFd !== undefined;
    const table = type === BPF_PROG_TYPE_STRUCT_OPS && !chosen ? this.context.structOps.attachmentOf(program, what) : undefined;
    const attr: ProgAttr = {
      name: program.name,
      // A replacement is judged as what it will replace: by the context it takes.
      type: replacement && kernel.features.progCalls ? (program.candidateTypes[0] ?? BPF_PROG_TYPE_UNSPEC) : type,
      expectedAttachType,
      insns: relocated.insns,
      license: spec.license,
      flags: override?.flags ?? program.flags,
      ...(btfFd === undefined ? {} : { btfFd, funcInfo: relocated.funcInfo, lineInfo: relocated.lineInfo }),
      fdArray: linker.fdArray,
      ...(chosen ? {} : findAttachBtf(program, type, expectedAttachType, kernel, what)),
      ...table,
      ...(override?.attachBtfId === undefined ? {} : { attachBtfId: override.attachBtfId }),
      ...(override?.attachProgFd === undefined ? {} : { attachProgFd: override.attachProgFd }),
      ...(override?.ifindex === undefined ? {} : { ifindex: override.ifindex }),
      library: program.library || replacement,
      // A function that others call may become an EXT program or a copy: its own calls are bound as calls are.
      ...(program.library || replacement ? {} : { tailCalls: tailCallsOf(this.resolver) }),
      logLevel: override?.logLevel ?? options.logLevel ?? 0,
      ...(tokenFd === undefined ? {} : { tokenFd }),
    };
    try {
      const { fd, log } = kernel.progLoad(attr);
      this.#bindConstants(fd);
      const unit = { spec: program, type: attr.type, fd, log, bindings: linker.bindings, relocated };
      if (!kernel.features.nativeCalls) this.#bindLoaded(unit, linker.model);
      return unit;
    } catch (error) {
      throw progLoadError(what, error, this.context, relocated);
    }
  }

  /** Constants go with programs, also those that none of them reads: tools find what describes a program there. */
  #bindConstants(progFd: number): void {
    const { kernel, maps } = this.context;
    for (const { spec, fd } of maps) {
      if (!spec.internal || fd < 0 || !spec.sectionName.startsWith('.rodata')) continue;
      try {
        kernel.progBindMap?.(progFd, fd);
      } catch {
        // Kernels before 5.10 cannot; the program does not need it.
        return;
      }
    }
  }

  /** Binds what was found already, where a program is loaded with all its calls pending. */
  #bindLoaded(unit: LoadedProgram, model: CodeModel): void {
    const { kernel } = this.context;
    try {
      for (const { symbol, provider } of unit.bindings) {
        const externBtfId = model.externs.find(({ name }) => name === symbol)?.btfId;
        if (provider === undefined || externBtfId === undefined) continue;
        kernel.progBind({ progFd: unit.fd, externBtfId, providerFd: provider.progFd(), providerBtfId: provider.btfId });
      }
    } catch (error) {
      kernel.close(unit.fd);
      throw error;
    }
  }

  #typeOf(program: ProgramSpec, override: ProgramOverride | undefined, what: string): number {
    if (override?.type !== undefined) return override.type;
    if (program.type !== BPF_PROG_TYPE_UNSPEC) return program.type;
    if (program.candidateTypes.length > 0) {
      const types = program.candidateTypes.map((type) => progTypeStr(type) ?? type).join(', ');
      const problem = `its context 'struct ${program.contextStruct ?? ''}' fits the program types ${types}; choose one with setType() or a SEC()`;
      throw new LoadError('AMBIGUOUS_CONTEXT', what, problem, { errno: EINVAL });
    }
    if (program.library) return BPF_PROG_TYPE_UNSPEC;
    throw new LoadError('UNKNOWN_SECTION', what, `no program type is known for section '${program.sectionName}'`, {
      errno: ESRCH,
    });
  }

  /** Offers the object's exported functions to others. A library's are loaded; others load when they are asked for. */
  offerExports(): void {
    for (const exported of this.spec.exports) {
      const btf = this.spec.btf;
      if (btf !== undefined) this.#offers.push(this.kernel.scope.offer(this.#offer(exported, btf)));
    }
  }

  #offer(exported: ExportSpec, btf: Btf): Omit<Provider, 'seq'> {
    return {
      symbol: exported.symbol,
      objectName: this.spec.name,
      progFd: () => this.#providerFd(exported),
      btf,
      btfId: exported.btfId,
      weak: exported.weak,
    };
  }

  #providerFd(exported: ExportSpec): number {
    const program = this.spec.programs.find((candidate) => candidate.funcIdx === exported.funcIdx);
    if (program === undefined || this.#closed) {
      throw new LoadError('PROVIDER_GONE', `object '${this.spec.name}': function '${exported.symbol}'`, 'is not loaded', {
        errno: ENOENT,
      });
    }
    return this.loadLate(program).fd;
  }

  /**
   * Loads a program that `load()` left out, when it is first asked for.
   *
   * @throws LoadError `PROG_LOAD` with errno and log when it is rejected
   */
  loadLate(program: ProgramSpec): LoadedProgram {
    const before = this.#programs.has(program.name);
    const unit = this.loadProgram(program);
    if (!before) this.wantExterns(unit);
    return unit;
  }

  /**
   * The value that hands a struct_ops table to the kernel.
   *
   * @param map as the object defines it
   * @returns undefined for other maps, and tables that were not created
   * @throws LoadError `STRUCT_OPS_KERNEL` when a program of the table is not loaded
   */
  structOpsValue(map: MapSpec): Uint8Array | undefined {
    const table = this.context.structOps.get(map);
    return table && structOpsValue(this.spec, map, table, (program) => this.#programs.get(program)?.fd);
  }

  /** Waits for the strong externs of a program that nothing provides yet. */
  wantExterns(unit: LoadedProgram): void {
    const { kernel, options } = this.context;
    for (const binding of unit.bindings) {
      if (binding.provider !== undefined || binding.weak) continue;
      const ext = this.spec.code.externs.find((candidate) => candidate.name === binding.symbol);
      if (ext?.btfId === undefined) continue;
      const externBtfId = ext.btfId;
      const wish: PendingExtern = {
        symbol: options.aliases?.[binding.symbol] ?? binding.symbol,
        accepts: (provider) => mayUse(this.resolver, provider),
        check: (provider) => requirePrototype(this.spec, binding.symbol, externBtfId, provider),
        bind: (provider) => {
          kernel.progBind({ progFd: unit.fd, externBtfId, providerFd: provider.progFd(), providerBtfId: provider.btfId });
          binding.provider = provider;
          this.#wishes.delete(wish);
          kernel.scope.unwant(wish);
        },
        unbind: () => {
          kernel.progBind({ progFd: unit.fd, externBtfId, providerFd: -1, providerBtfId: 0 });
          binding.provider = undefined;
          this.#wishes.add(wish);
          kernel.scope.want(wish);
        },
      };
      this.#wishes.add(wish);
      kernel.scope.want(wish);
    }
  }

  /**
   * Binds the calls that waited for this object's functions. All are checked before the first is bound.
   *
   * @throws LoadError `PROTOTYPE_MISMATCH`; KernelError when the composition would recurse or need too much stack
   */
  bindWaiting(rollback: Rollback): void {
    const pairs = this.#offers.flatMap((provider) =>
      this.kernel.scope
        .waiting(provider.symbol)
        .filter((wish) => wish.accepts(provider))
        .map((wish) => ({ wish, provider })),
    );
    for (const { wish, provider } of pairs) wish.check(provider);
    for (const { wish, provider } of pairs) {
      wish.bind(provider);
      rollback.add(wish.unbind);
    }
  }

  /**
   * Looks again for providers, and loads those programs anew whose externs would now be bound differently.
   *
   * @returns the programs that were loaded again, with the fd they had before, still open
   */
  relink(): readonly { readonly program: LoadedProgram; readonly oldFd: number }[] {
    const changed = [...this.#programs.values()].filter((unit) => this.#wouldChange(unit));
    const fresh = changed.map((unit) => ({ unit, next: undefined as LoadedProgram | undefined }));
    try {
      for (const entry of fresh) entry.next = this.#loadUnit(entry.unit.spec);
    } catch (error) {
      for (const { next } of fresh) if (next !== undefined) this.kernel.close(next.fd);
      throw error;
    }
    return fresh.flatMap(({ unit, next }) => {
      if (next === undefined) return [];
      const oldFd = unit.fd;
      unit.fd = next.fd;
      unit.log = next.log;
      unit.bindings = next.bindings;
      unit.relocated = next.relocated;
      return [{ program: unit, oldFd }];
    });
  }

  #wouldChange(unit: LoadedProgram): boolean {
    const linker = new UnitLinker(this.context, this.resolver, () => -1);
    relocateProgram(linker.model, unit.spec.funcIdx, linker);
    return (
      linker.bindings.length !== unit.bindings.length ||
      linker.bindings.some((binding, idx) => binding.provider !== unit.bindings[idx]?.provider)
    );
  }

  /** Takes back offers and wishes and closes every fd. What others depend on stays loaded until they go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { kernel } = this.context;
    for (const wish of this.#wishes) kernel.scope.unwant(wish);
    for (const offer of this.#offers) kernel.scope.withdraw(offer);
    for (const unit of this.#programs.values()) kernel.close(unit.fd);
    this.#units.clear();
    closeContext(this.context);
  }
}

/** Lets go of an object's maps, BTF and token. */
export function closeContext({ kernel, tokenFd, btfFd, maps }: LoadContext): void {
  for (const map of maps) map.memory?.unmap();
  for (const map of maps) if (map.owned) kernel.close(map.fd);
  if (btfFd !== undefined) kernel.close(btfFd);
  if (tokenFd !== undefined) kernel.close(tokenFd);
}

/** What the section says; a static probe stands at several places, which one link attaches to where the kernel has such links. */
function attachTypeOn(kernel: Kernel, program: ProgramSpec): number {
  const isUsdt = /^usdt(\.s)?(\/|$)/.test(program.sectionName);
  return isUsdt && kernel.features.uprobeMulti === true ? BPF_TRACE_UPROBE_MULTI : program.expectedAttachType;
}
