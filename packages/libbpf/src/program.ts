// What can be done with a program of an object?
import { BTF_KIND_FUNC } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import { LoadError } from '@rootlet/loader';
import type {
  AttachPlace,
  Binding,
  FuncRef,
  LoadedProgram,
  LinkAttr,
  ProgInfo,
  TestRunOptions,
  TestRunResult,
} from '@rootlet/loader';
import { checkPrototype } from '@rootlet/reloc';
import type { RelocatedProgram } from '@rootlet/reloc';
import { BPF_PROG_TYPE_EXT, BPF_TRACE_RAW_TP, EINVAL, ENOENT, EOPNOTSUPP, ESRCH } from '@rootlet/uapi';
import { attachError } from './attach-error.ts';
import { mayAutoAttach, placeOfSection } from './auto-attach.ts';
import { linkOfPlace } from './link-of-place.ts';
import { BpfLink } from './link.ts';
import { readKernelBtf } from './kernel-btf.ts';
import { ProgramSettings } from './program-settings.ts';

/** Where to attach a program. Which fields count depends on its type; the section name supplies what it can. */
export type AttachOptions = Partial<Omit<LinkAttr, 'progFd'>>;

/** A function of a program whose body another program supplies. */
export interface Replacement {
  /** Name of the replaced function. */
  readonly functionName: string;
  /** Id of the program that runs in its place. */
  readonly progId: number;
  /** 0 where it runs in slots of program arrays: the kernel knows of no link then. */
  readonly linkId: number;
}

/**
 * A program of an object, or a function of it that other objects call.
 *
 * @libbpf struct bpf_program
 */
export class BpfProgram extends ProgramSettings {
  #loaded: LoadedProgram | undefined;
  #prepared: RelocatedProgram | undefined;
  readonly #links = new Set<BpfLink>();
  #autoattach = true;

  /** Name of its function. @libbpf bpf_program__name */
  get name(): string {
    return this.spec.name;
  }

  /** Section it stands in. @libbpf bpf_program__section_name */
  get sectionName(): string {
    return this.spec.sectionName;
  }

  /** Whether it is a function for others to call, which cannot be attached. */
  get isLibrary(): boolean {
    return this.spec.library;
  }

  /** fd; -1 while it is not loaded. @libbpf bpf_program__fd */
  get fd(): number {
    return this.#loaded?.fd ?? -1;
  }

  /** Verifier log of its load; empty at log level 0. @libbpf bpf_program__log_buf */
  get log(): string {
    return this.#loaded?.log ?? '';
  }

  /** Externs that its code refers to and what each is bound to. */
  get bindings(): readonly Binding[] {
    return this.#loaded?.bindings ?? [];
  }

  /** FUNC id of its function in the object's BTF; undefined without BTF. */
  get btfId(): number | undefined {
    return this.object.spec.code.funcs[this.spec.funcIdx]?.btfId;
  }

  /**
   * Names the function that an EXT or tracing program is for, before `load()`.
   *
   * @libbpf bpf_program__set_attach_target
   */
  setAttachTarget(target: BpfProgram, functionName: string): void {
    this.change({ attachProgFd: target.#loadedFd(), attachBtfId: target.#functionId(functionName) });
  }

  protected override get relocated(): RelocatedProgram | undefined {
    return this.#loaded?.relocated ?? this.#prepared;
  }

  protected override requireUnloaded(): void {
    if (this.#loaded !== undefined) throw this.#error('ALREADY_LOADED', 'can be changed before load() only', EINVAL);
  }

  /** Called by `prepare()`. @internal */
  bindPrepared(prepared: RelocatedProgram | undefined): void {
    this.#prepared = prepared;
  }

  /** Called by `load()` and `close()`. @internal */
  bindLoaded(loaded: LoadedProgram | undefined): void {
    this.#prepared = undefined;
    this.#loaded = loaded;
  }

  /** Points the links made here to the program as it was loaded again. @internal */
  updateLinks(): void {
    for (const link of this.#links) link.update(this);
  }

  /**
   * Runs the program on a packet or context.
   *
   * @throws KernelError `ENOEXEC` naming the missing symbols while strong externs are unbound
   * @libbpf bpf_prog_test_run_opts
   */
  testRun(options: TestRunOptions = {}): TestRunResult {
    return this.object.kernel.progTestRun(this.#loadedFd(), options);
  }

  /** Whether `object.attach()` attaches it. @libbpf bpf_program__autoattach */
  get autoattach(): boolean {
    return this.#autoattach && !this.isLibrary && mayAutoAttach(this.sectionName);
  }

  /** Chooses whether `object.attach()` attaches it. @libbpf bpf_program__set_autoattach */
  setAutoattach(autoattach: boolean): void {
    this.#autoattach = autoattach;
  }

  /**
   * Attaches the program to where its section says, or to what the options name.
   *
   * @param options `targetName` stands for what follows the section's first `/`; `targetIfindex` or `targetFd` names an
   * interface, cgroup, network namespace or socket map; `cookie`
   * @throws LoadError `NOT_ATTACHABLE` for library functions, and where neither section nor options say where; KernelError, e.g.
   * `ENOEXEC` while strong externs are unbound
   * @libbpf bpf_program__attach
   */
  attach(options: AttachOptions = {}): BpfLink {
    if (this.isLibrary) throw this.#error('NOT_ATTACHABLE', 'is a function for other programs and has no attach point', EINVAL);
    const attachType = options.attachType ?? this.expectedAttachType;
    const target = this.spec.attachTarget;
    const isNamed = options.targetFd !== undefined || options.targetIfindex !== undefined || options.targetBtfId !== undefined;
    if (this.object.kernel.attach !== undefined && !isNamed) return this.attachTo(this.#placeOfSection(options));
    return this.#link({
      ...(target === undefined || attachType === BPF_TRACE_RAW_TP ? {} : { targetName: target }),
      ...options,
      progFd: this.#loadedFd(),
      attachType,
    });
  }

  #placeOfSection({ targetName, cookie }: AttachOptions): AttachPlace {
    const section = targetName === undefined ? this.sectionName : `${this.sectionName.replace(/\/.*$/s, '')}/${targetName}`;
    const mapFd = (name: string): number => this.mapFd(name);
    const place = placeOfSection(section, { type: this.type, attachType: this.expectedAttachType, cookie, mapFd });
    if (place !== undefined) return place;
    throw this.#error('NOT_ATTACHABLE', `section '${section}' does not say where to attach; use the method for its kind, such as attachXdp(ifindex)`, EOPNOTSUPP);
  }

  /** @internal */
  attachTo(place: AttachPlace): BpfLink {
    const { kernel } = this.object;
    if (this.isLibrary) throw this.#error('NOT_ATTACHABLE', 'is a function for other programs and has no attach point', EINVAL);
    const progFd = this.#loadedFd();
    if (kernel.attach !== undefined) {
      const attach = kernel.attach.bind(kernel);
      return this.#hold(() => attach({ ...place, progFd }));
    }
    const attr = linkOfPlace(place);
    if (attr === undefined) throw new UnsupportedError(`attaching to ${place.kind.replaceAll('_', ' ')} on ${kernel.name}`);
    return this.#link({ ...attr, progFd });
  }

  protected mapFd(name: string): number {
    const map = this.object.findMap(name);
    if (map === undefined) throw this.#error('NO_MAP', `has no map '${name}'; include usdt.bpf.h`, ESRCH);
    return map.fd;
  }

  /**
   * Puts this program in place of a function of another one.
   *
   * @param target the program, or its fd
   * @param functionName of the target; the one that the section names when absent
   * @libbpf bpf_program__attach_freplace
   */
  attachFreplace(target: BpfProgram | number, functionName?: string): BpfLink {
    if (target instanceof BpfProgram) return this.replace(target, functionName);
    const name = functionName ?? this.spec.attachTarget;
    if (name === undefined) throw this.#error('NO_FUNCTION', 'names no function to replace', EINVAL);
    return this.replace({ progFd: target, btfId: this.#functionOfFd(target, name) });
  }

  #functionOfFd(progFd: number, functionName: string): number {
    const { kernel } = this.object;
    const info = kernel.info(progFd);
    if (info.kind !== 'prog' || info.btfId === 0) throw this.#error('NO_BTF', `replaces a function of fd ${progFd}, which is no program with BTF`, EINVAL);
    const id = readKernelBtf(kernel, info.btfId).findByNameKind(functionName, BTF_KIND_FUNC);
    if (id === undefined) throw this.#error('NO_FUNCTION', `replaces '${functionName}', which program ${info.id} does not have`, ENOENT);
    return id;
  }

  /**
   * Puts this program in place of a function of another one, also while that one runs. While the link is held or pinned
   * the replacement stands; destroying it puts the original body back.
   *
   * @param target the program that has the function, or the (fd, BTF id) pair itself
   * @param functionName function of the target; when absent the one that `SEC("freplace/…")` names, or its entry function
   * @throws LoadError `PROTOTYPE_MISMATCH` with both prototypes; KernelError `EBUSY` when the function is replaced already
   */
  replace(target: BpfProgram | FuncRef, functionName?: string): BpfLink {
    if (!(target instanceof BpfProgram)) {
      return this.#link({ progFd: this.#loadedFd(), attachType: 0, targetFd: target.progFd, targetBtfId: target.btfId });
    }
    const replaced = functionName ?? (this.type === BPF_PROG_TYPE_EXT ? this.spec.attachTarget : undefined) ?? target.name;
    const targetBtfId = target.#functionId(replaced);
    const [declared, defined] = [target.object.spec.btf, this.object.spec.btf];
    if (declared === undefined || defined === undefined || this.btfId === undefined) {
      throw this.#error('NO_BTF', 'has no BTF, so its prototype cannot be compared; compile with -g', EINVAL);
    }
    const mismatch = checkPrototype({ btf: declared, id: targetBtfId }, { btf: defined, id: this.btfId });
    if (mismatch !== undefined) {
      throw this.#error(
        'PROTOTYPE_MISMATCH',
        `cannot replace '${replaced}' of program '${target.name}': ${mismatch.message}`,
        EINVAL,
      );
    }
    return this.#link({ progFd: this.#loadedFd(), attachType: 0, targetFd: target.#loadedFd(), targetBtfId });
  }

  #link(attr: LinkAttr): BpfLink {
    return this.#hold(() => this.object.kernel.linkCreate(attr));
  }

  /** The link of an fd; a refusal names object and program. */
  #hold(attach: () => number): BpfLink {
    let fd: number;
    try {
      fd = attach();
    } catch (error) {
      throw attachError(error, this.object.name, this.name);
    }
    const link = new BpfLink(this.object.kernel, fd, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Which functions of this program are replaced, and by what. */
  replacements(): readonly Replacement[] {
    const { kernel } = this.object;
    const { id } = this.info();
    const nameOf = (btfId: number): string => this.object.spec.btf?.name(btfId) ?? `#${btfId}`;
    const inSlots = (kernel.slotLinks?.() ?? []).filter(({ targetObjId }) => targetObjId === id);
    const found: Replacement[] = inSlots.map(({ targetBtfId, progId, id: linkId }) => ({ functionName: nameOf(targetBtfId), progId, linkId }));
    for (const linkId of kernel.ids('link')) {
      const fd = kernel.linkFdById(linkId);
      try {
        const info = kernel.info(fd);
        if (info.kind !== 'link' || info.targetObjId !== id || info.targetBtfId === 0) continue;
        found.push({ functionName: nameOf(info.targetBtfId), progId: info.progId, linkId });
      } finally {
        kernel.close(fd);
      }
    }
    return found;
  }

  /** Keeps the program beyond this process. @param path in a bpffs @libbpf bpf_program__pin */
  pin(path: string): void {
    this.object.kernel.objPin(this.#loadedFd(), path);
  }

  /** Takes a pin back; the program stays while something holds it. @libbpf bpf_program__unpin */
  unpin(path: string): void {
    this.object.kernel.objUnpin(path);
  }

  /** What the kernel knows about the program: id, statistics, unbound externs. */
  info(): ProgInfo {
    const info = this.object.kernel.info(this.#loadedFd());
    if (info.kind !== 'prog') throw new TypeError(`fd ${this.fd} is a ${info.kind}, not a program`);
    return info;
  }

  #functionId(functionName: string): number {
    const id = this.object.spec.btf?.findByNameKind(functionName, BTF_KIND_FUNC);
    if (id === undefined) throw this.#error('NO_FUNCTION', `has no function '${functionName}'`, ENOENT);
    return id;
  }

  /** A function in `.text` of an object that is more than a library is loaded when it is first used. */
  #loadedFd(): number {
    if (this.#loaded === undefined && this.sectionName === '.text' && this.override.autoload !== false) {
      this.#loaded = this.object.loadLate(this.spec);
    }
    if (this.#loaded === undefined) throw this.#error('NOT_LOADED', 'is not loaded', EINVAL);
    return this.#loaded.fd;
  }

  #error(code: string, problem: string, errno: number): LoadError {
    return new LoadError(code, `object '${this.object.name}': program '${this.name}'`, problem, { errno });
  }
}
