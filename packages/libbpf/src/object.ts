// What is an opened object, and what does loading it do?
import { BTF_KIND_FUNC } from '@rootlet/btf';
import type { Btf, BtfValue } from '@rootlet/btf';
import { linkObjects, planLinks } from '@rootlet/reloc';
import type { LinkCandidate, LinkPlanEntry } from '@rootlet/reloc';
import { LoadError, loadPrepared, parseObject, planObject, prepareObject } from '@rootlet/loader';
import type {
  FuncRef,
  Kernel,
  LoadedObject,
  LoadedProgram,
  LoadOptions,
  MapSpec,
  ObjectSpec,
  PreparedObject,
  ProgramSpec,
  Provider,
  TailCalls,
} from '@rootlet/loader';
import { EINVAL } from '@rootlet/uapi';
import { defaultKernel } from './default-kernel.ts';
import type { BpfLink } from './link.ts';
import { BpfMap } from './map.ts';
import { pathIn, pinAll } from './pinning.ts';
import type { Pinnable } from './pinning.ts';
import { BpfProgram } from './program.ts';
import { findGlobal, readVariable, writeVariable } from './variable.ts';
import type { Variable } from './variable.ts';
import { objectName, readSource } from './source.ts';
import type { ObjectSource } from './source.ts';

/** How to open an object. */
export interface OpenOptions {
  /** Kernel to load into; one simulated kernel that all objects share when absent. */
  readonly kernel?: Kernel;
  /** Name for messages and scopes; derived from the path when absent. @libbpf bpf_object_open_opts.object_name */
  readonly name?: string;
  /** Objects, or names of objects, whose functions externs may be bound to; all loaded through the kernel when absent. */
  readonly scope?: readonly (BpfObject | string)[];
  /** Extern name → name under which it is looked up. */
  readonly aliases?: Readonly<Record<string, string>>;
  /**
   * Externs whose calls are to be tail calls of a slot on stock kernels, by name, or true for all that take the context only. The
   * simulated kernel knows calls and needs no slots.
   */
  readonly tailCalls?: TailCalls;
  /** Kernel configuration text for `.kconfig` externs. @libbpf bpf_object_open_opts.kconfig */
  readonly kconfig?: string;
  /** Folder of maps that are pinned by name; `/sys/fs/bpf` when absent. @libbpf bpf_object_open_opts.pin_root_path */
  readonly pinRootPath?: string;
  /**
   * A bpffs that delegates the right to load to this process, which needs no other then; `''` for none. Absent: what the environment
   * variable `LIBBPF_BPF_TOKEN_PATH` says, or `/sys/fs/bpf` where that delegates. Linux 6.9. @libbpf bpf_object_open_opts.bpf_token_path
   */
  readonly tokenPath?: string;
  /** BTF that CO-RE relocations are answered by, in place of the kernel's own. @libbpf bpf_object_open_opts.btf_custom_path */
  readonly kernelBtf?: Btf;
}

/** How to load an object. */
export interface ObjectLoadOptions {
  /** Verifier log: bits 1 (branches), 2 (every instruction), 4 (statistics). */
  readonly logLevel?: number;
  /** Extern name → function as a (program fd, BTF id) pair, in place of a search. */
  readonly bind?: Readonly<Record<string, FuncRef>>;
  /** As {@link OpenOptions.tailCalls}, in its place. */
  readonly tailCalls?: TailCalls;
}

/** What `prepare()` made, and the options it was given. */
interface Prepared {
  readonly object: PreparedObject;
  readonly options: ObjectLoadOptions;
}

/**
 * A BPF object: opened from bytes, loaded into a kernel.
 *
 * @libbpf struct bpf_object
 */
export class BpfObject {
  readonly kernel: Kernel;
  readonly spec: ObjectSpec;
  /** Programs in the order of the object, functions for others to call included. @libbpf bpf_object__next_program, bpf_object__prev_program */
  readonly programs: readonly BpfProgram[];
  /** Maps in the order they are created. @libbpf bpf_object__next_map, bpf_object__prev_map */
  readonly maps: readonly BpfMap[];
  readonly #options: OpenOptions;
  readonly #linked: readonly LinkPlanEntry[];
  /** From `prepare()` to `load()`. */
  #prepared: Prepared | undefined;
  #loaded: LoadedObject | undefined;
  /**
   * Links of programs and struct_ops tables that `detach()` and `close()` destroy: those that `attach()` made, and those that you put
   * here, which `attach()` leaves alone.
   */
  readonly links: Map<BpfProgram | BpfMap, BpfLink> = new Map();

  private constructor(spec: ObjectSpec, linked: readonly LinkPlanEntry[], options: OpenOptions) {
    this.spec = spec;
    this.kernel = options.kernel ?? defaultKernel();
    this.#options = options;
    this.#linked = linked;
    this.programs = spec.programs.map((program) => new BpfProgram(program, this));
    const owner = { spec, ...(options.pinRootPath === undefined ? {} : { pinRootPath: options.pinRootPath }) };
    this.maps = spec.maps.map((map) => new BpfMap(map, this.kernel, owner));
  }

  /**
   * Opens an object; several are linked statically into one.
   *
   * @param source bytes, or in Node a path; a list of them is linked
   * @throws DecodeError or RelocError naming what is malformed and where
   * @libbpf bpf_object__open, bpf_object__open_file, bpf_object__open_mem, bpf_object__open_skeleton
   */
  static open(source: ObjectSource | readonly ObjectSource[], options: OpenOptions = {}): BpfObject {
    if (!Array.isArray(source)) {
      const single = source as ObjectSource;
      return BpfObject.#parse(readSource(single), options.name ?? objectName(single, 'object'), [], options);
    }
    const inputs = (source as readonly ObjectSource[]).map((input, idx) => ({
      name: objectName(input, `object${idx + 1}`),
      bytes: readSource(input),
    }));
    const name = options.name ?? inputs.map((input) => input.name).join('+');
    const only = inputs[0];
    if (only !== undefined && inputs.length === 1) return BpfObject.#parse(only.bytes, name, [], options);
    const specs = inputs.map((input) => parseObject(input.bytes, { name: input.name }));
    const kernel = options.kernel ?? defaultKernel();
    // Where calls between programs exist, a linked function is verified from its prototype as a loaded one is, so that both
    // give the same verdict. Linux is given functions that it follows at each call: it refuses too much by prototype.
    const linked = linkObjects(inputs, { hideResolved: !kernel.features.nativeCalls });
    return BpfObject.#parse(linked, name, planStatic(specs), { ...options, kernel });
  }

  static #parse(bytes: Uint8Array, name: string, linked: readonly LinkPlanEntry[], options: OpenOptions): BpfObject {
    return new BpfObject(parseObject(bytes, { name }), linked, options);
  }

  /** @libbpf bpf_object__name */
  get name(): string {
    return this.spec.name;
  }

  /** Types of the object; undefined without BTF. @libbpf bpf_object__btf */
  get btf(): Btf | undefined {
    return this.spec.btf;
  }

  /** fd of its BTF in the kernel; -1 before `prepare()` or `load()`, and without BTF. @libbpf bpf_object__btf_fd */
  get btfFd(): number {
    return (this.#loaded ?? this.#prepared?.object)?.context.btfFd ?? -1;
  }

  /** fd of the token that it is loaded with; -1 for none, and before `prepare()` or `load()`. @libbpf bpf_object__token_fd */
  get tokenFd(): number {
    return (this.#loaded ?? this.#prepared?.object)?.context.tokenFd ?? -1;
  }

  /** Whether `prepare()` was called, and neither `load()` nor `close()` since. */
  get isPrepared(): boolean {
    return this.#prepared !== undefined;
  }

  /** Whether `load()` succeeded and `close()` was not called. */
  get isLoaded(): boolean {
    return this.#loaded !== undefined;
  }

  /** The program, or library function, of this name; undefined when there is none. @libbpf bpf_object__find_program_by_name */
  findProgram(name: string): BpfProgram | undefined {
    return this.programs.find((program) => program.name === name);
  }

  /** The first program of a section; undefined when there is none. @libbpf bpf_object__find_program_by_title */
  findProgramByTitle(sectionName: string): BpfProgram | undefined {
    return this.programs.find((program) => program.sectionName === sectionName);
  }

  /** The map of this name, or of a section with variables, e.g. `.rodata`; undefined when there is none. @libbpf bpf_object__find_map_by_name, bpf_object__find_map_fd_by_name */
  findMap(name: string): BpfMap | undefined {
    const bySection = name.startsWith('.') ? this.maps.find(({ spec }) => spec.internal && spec.sectionName === name) : undefined;
    return bySection ?? this.maps.find((map) => map.name === name);
  }

  /** Value of the `version` section; 0 when there is none. @libbpf bpf_object__kversion */
  get kversion(): number {
    return this.spec.kernVersion;
  }

  /**
   * Value of a global variable as its type says: before `load()` what it begins with, after it what it is now.
   *
   * @param name of a variable in `.data`, `.rodata`, `.bss`, or a section of their kind
   * @throws LoadError `NO_VARIABLE` when there is none of that name, or several, or BTF does not describe it
   */
  getVariable(name: string): BtfValue {
    return readVariable(this.#variable(name));
  }

  /**
   * Sets a global variable. What the value does not mention stays as it is: members of a struct, later elements of an array.
   * After `load()` it is written where programs see it at once; where maps' memory cannot be shared the whole map is read and
   * written, so what a program changes meanwhile in its section may be lost.
   *
   * @throws LoadError `NO_VARIABLE`; KernelError `EPERM` for constants after `load()`; DecodeError `BTF_VALUE` when the value does not fit the type
   */
  setVariable(name: string, value: BtfValue): void {
    writeVariable(this.#variable(name), value);
  }

  #variable(name: string): Variable {
    return findGlobal(this.spec, this.maps, name);
  }

  /** BTF id of a function that the object defines or declares; undefined when BTF has none. @libbpf btf__find_by_name_kind */
  findObjBtfId(functionName: string): number | undefined {
    return this.spec.btf?.findByNameKind(functionName, BTF_KIND_FUNC);
  }

  /** For each extern: who would provide it, how, and why. Asks the kernel nothing but names. @param options as for `load()` */
  linkPlan(options: ObjectLoadOptions = {}): readonly LinkPlanEntry[] {
    const resolver = this.#loaded?.resolver ?? { spec: this.spec, kernel: this.kernel, options: this.#loadOptions(options), own: [] };
    return [...this.#linked, ...planObject(resolver)];
  }

  /**
   * Does of loading what comes before the verifier: BTF and maps are in the kernel, and programs are relocated. Maps may be filled then,
   * and programs still be set up, before `load()` goes on, or `close()` lets go. On failure everything is undone.
   *
   * @param options as for `load()`, which may add to them
   * @throws LoadError naming map, program or extern, with errno; `ALREADY_PREPARED`, `ALREADY_LOADED`; UnsupportedError
   * @libbpf bpf_object__prepare
   */
  prepare(options: ObjectLoadOptions = {}): this {
    this.#requireUnloaded();
    if (this.#prepared !== undefined) throw this.#error('ALREADY_PREPARED', 'is prepared already');
    this.#prepare(options);
    return this;
  }

  #prepare(options: ObjectLoadOptions): Prepared {
    const object = prepareObject(this.spec, this.kernel, this.#loadOptions(options));
    this.#prepared = { object, options };
    for (const map of this.maps) map.bindLoaded(object.maps.find(({ spec }) => spec === map.spec), () => this.#structOpsValue(map.spec));
    for (const program of this.programs) program.bindPrepared(object.program(program.name)?.relocated);
    return this.#prepared;
  }

  /**
   * Creates maps, verifies and loads programs, offers the object's functions to others and binds the calls that waited for
   * them. On failure everything is undone, what `prepare()` did included.
   *
   * @throws LoadError naming map, program or extern, with errno and the verifier log; UnsupportedError
   * @libbpf bpf_object__load, bpf_object__load_skeleton
   */
  load(options: ObjectLoadOptions = {}): this {
    this.#requireUnloaded();
    const prepared = this.#prepared ?? this.#prepare(options);
    this.#prepared = undefined;
    try {
      this.#loaded = loadPrepared(prepared.object, this.#loadOptions({ ...prepared.options, ...options }));
    } catch (error) {
      this.#unbind();
      throw error;
    }
    for (const program of this.programs) program.bindLoaded(this.#loaded.programs.get(program.name));
    return this;
  }

  /** @throws LoadError `NOT_LOADED` for tables while no program is there to be put in one */
  #structOpsValue(map: MapSpec): Uint8Array | undefined {
    if (this.#loaded === undefined && map.structOps !== undefined) throw this.#error('NOT_LOADED', 'is not loaded');
    return this.#loaded?.structOpsValue(map);
  }

  #requireUnloaded(): void {
    if (this.#loaded !== undefined) throw this.#error('ALREADY_LOADED', 'is loaded already');
  }

  #error(code: string, problem: string): LoadError {
    return new LoadError(code, `object '${this.name}'`, problem, { errno: EINVAL });
  }

  #loadOptions(options: ObjectLoadOptions): LoadOptions {
    const { scope, aliases, kconfig, kernelBtf, pinRootPath, tailCalls, tokenPath } = this.#options;
    return {
      ...(tailCalls === undefined ? {} : { tailCalls }),
      ...options,
      ...(scope === undefined ? {} : { accepts: (provider: Provider) => isInScope(scope, provider) }),
      ...(aliases === undefined ? {} : { aliases }),
      ...(kconfig === undefined ? {} : { kconfig }),
      ...(kernelBtf === undefined ? {} : { kernelBtf }),
      ...(pinRootPath === undefined ? {} : { pinRootPath }),
      ...(tokenPath === undefined ? {} : { tokenPath }),
      programs: new Map(this.programs.map((program) => [program.name, program.override])),
      maps: new Map(this.maps.map((map) => [map.name, map.override])),
    };
  }

  /**
   * Looks again for providers: weak functions and weak externs are bound to what was loaded since. Programs that change
   * are verified again and put in place of the old ones, also where they are attached; maps keep their contents.
   *
   * @returns names of the programs that were loaded again
   */
  relink(): readonly string[] {
    if (this.#loaded === undefined) throw this.#error('NOT_LOADED', 'is not loaded');
    return this.#loaded.relink().map(({ program, oldFd }) => {
      this.findProgram(program.spec.name)?.updateLinks();
      this.kernel.close(oldFd);
      return program.spec.name;
    });
  }

  /** Loads a program that `load()` left out; undefined while the object is not loaded. @internal */
  loadLate(program: ProgramSpec): LoadedProgram | undefined {
    return this.#loaded?.loadLate(program);
  }

  /**
   * Pins all maps and programs, each by its name with dots as `_`, or none when one cannot be.
   *
   * @param folder in a bpffs
   * @libbpf bpf_object__pin
   */
  pin(folder: string): void {
    pinAll([...this.#mapPins(folder), ...this.#programPins(folder)]);
  }

  /** Takes back what `pin` did. @libbpf bpf_object__unpin */
  unpin(folder: string): void {
    for (const part of [...this.#mapPins(folder), ...this.#programPins(folder)]) part.unpin();
  }

  /** Pins all maps, or none: in a folder, or without one those that have a path of their own, there. @libbpf bpf_object__pin_maps */
  pinMaps(folder?: string): void {
    pinAll(this.#mapPins(folder).filter(({ map }) => folder !== undefined || !map.isPinned));
  }

  /** @libbpf bpf_object__unpin_maps */
  unpinMaps(folder?: string): void {
    for (const part of this.#mapPins(folder)) part.unpin();
  }

  /** Pins all loaded programs in a folder, or none. @libbpf bpf_object__pin_programs */
  pinPrograms(folder: string): void {
    pinAll(this.#programPins(folder));
  }

  /** @libbpf bpf_object__unpin_programs */
  unpinPrograms(folder: string): void {
    for (const part of this.#programPins(folder)) part.unpin();
  }

  #mapPins(folder: string | undefined): (Pinnable & { map: BpfMap })[] {
    return this.maps.flatMap((map) => {
      const path = folder === undefined ? map.pinPath : pathIn(folder, map.name);
      if (map.fd < 0 || path === undefined) return [];
      return [{ map, path, pin: () => map.pin(path), unpin: () => map.unpin(path) }];
    });
  }

  #programPins(folder: string): Pinnable[] {
    return this.programs.flatMap((program) => {
      const path = pathIn(folder, program.name);
      return program.fd < 0 ? [] : [{ path, pin: () => program.pin(path), unpin: () => program.unpin(path) }];
    });
  }

  /**
   * Attaches every loaded program whose section says where, and every struct_ops table, unless `setAutoattach(false)` was said.
   * What has a link already stays as it is. On failure what this call attached is detached again.
   *
   * @returns the links by program and table
   * @throws KernelError naming the program
   * @libbpf bpf_object__attach_skeleton
   */
  attach(): ReadonlyMap<BpfProgram | BpfMap, BpfLink> {
    if (this.#loaded === undefined) throw this.#error('NOT_LOADED', 'is not loaded');
    const added: (BpfProgram | BpfMap)[] = [];
    const hold = (what: BpfProgram | BpfMap, attach: () => BpfLink): void => {
      if (!what.autoattach || what.fd < 0 || this.links.has(what)) return;
      this.links.set(what, attach());
      added.push(what);
    };
    try {
      for (const program of this.programs) hold(program, () => program.attach());
      for (const map of this.maps) hold(map, () => map.attachStructOps());
    } catch (error) {
      for (const what of added) this.#detach(what);
      throw error;
    }
    return new Map(this.links);
  }

  /** Destroys the links that `attach()` made, or that were put into {@link links}. @libbpf bpf_object__detach_skeleton */
  detach(): void {
    for (const what of [...this.links.keys()]) this.#detach(what);
  }

  #detach(what: BpfProgram | BpfMap): void {
    this.links.get(what)?.destroy();
    this.links.delete(what);
  }

  /**
   * Closes maps and programs, and {@link links}. What others depend on stays loaded until they go; links that
   * programs were asked for stay.
   *
   * @libbpf bpf_object__close, bpf_object__destroy_skeleton
   */
  close(): void {
    this.detach();
    this.#prepared?.object.close();
    this.#prepared = undefined;
    this.#loaded?.close();
    this.#loaded = undefined;
    this.#unbind();
  }

  #unbind(): void {
    for (const map of this.maps) map.bindLoaded(undefined);
    for (const program of this.programs) program.bindLoaded(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isInScope(scope: readonly (BpfObject | string)[], provider: Provider): boolean {
  return scope.some((entry) => (typeof entry === 'string' ? entry : entry.name) === provider.objectName);
}

/** The externs of objects opened together that one of them defines. */
function planStatic(specs: readonly ObjectSpec[]): LinkPlanEntry[] {
  return specs.flatMap((spec) => {
    const candidates = specs.flatMap((other) => (other === spec || other.btf === undefined ? [] : linkedExports(other, other.btf)));
    const externs = spec.code.externs.filter((ext) => ext.sectionName === undefined && ext.kind === 'func');
    return planLinks({ externs, btf: spec.btf, candidates, target: 'native' }).filter(({ strategy }) => strategy === 'static');
  });
}

function linkedExports(spec: ObjectSpec, btf: Btf): LinkCandidate[] {
  return spec.exports.map(({ symbol, weak, btfId }) => ({ symbol, objectName: spec.name, weak, btf, btfId, linked: true }));
}
