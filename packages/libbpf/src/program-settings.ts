// What of a program may be chosen before it is loaded, and seen of its code?
import type { BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { ProgramOverride, ProgramSpec } from '@rootlet/loader';
import type { RelocatedProgram } from '@rootlet/reloc';
import { AttachableProgram } from './attachable.ts';
import type { BpfObject } from './object.ts';

/** A program with its type, flags and instructions: what the object says, and the settings made here. */
export abstract class ProgramSettings extends AttachableProgram {
  readonly spec: ProgramSpec;
  readonly object: BpfObject;
  #override: ProgramOverride = {};

  constructor(spec: ProgramSpec, object: BpfObject) {
    super();
    this.spec = spec;
    this.object = object;
  }

  /** What the kernel was given, or will be; undefined while it is not prepared. @internal */
  protected abstract get relocated(): RelocatedProgram | undefined;

  /** @throws LoadError `ALREADY_LOADED` @internal */
  protected abstract requireUnloaded(): void;

  /** `BPF_PROG_TYPE_*`; `BPF_PROG_TYPE_UNSPEC` while neither section, context nor `setType` tells. @libbpf bpf_program__type, bpf_program__get_type */
  get type(): number {
    return this.#override.type ?? this.spec.type;
  }

  /** `BPF_*` attach type. @libbpf bpf_program__expected_attach_type, bpf_program__get_expected_attach_type */
  override get expectedAttachType(): number {
    return this.#override.expectedAttachType ?? this.spec.expectedAttachType;
  }

  /** Whether `load()` loads it. @libbpf bpf_program__autoload */
  get autoload(): boolean {
    return this.#override.autoload ?? this.spec.autoload;
  }

  /** `BPF_F_*` load flags. @libbpf bpf_program__flags */
  get flags(): number {
    return this.#override.flags ?? this.spec.flags;
  }

  /** Level of its verifier log, unless `load()` is told another. @libbpf bpf_program__log_level */
  get logLevel(): number {
    return this.#override.logLevel ?? 0;
  }

  /** Its instructions: as the object has them, and once it is prepared or loaded as the kernel gets them, with its subprograms. @libbpf bpf_program__insns, bpf_program__insn_cnt */
  get insns(): RelocatedProgram['insns'] {
    return this.relocated?.insns ?? this.#func.insns;
  }

  /** Which function begins where in `insns`; empty before `prepare()` or `load()`, and without BTF. @libbpf bpf_program__func_info, bpf_program__func_info_cnt */
  get funcInfo(): readonly BtfFuncInfo[] {
    return this.relocated?.funcInfo ?? [];
  }

  /** Which line of source is where in `insns`; empty without BTF. @libbpf bpf_program__line_info, bpf_program__line_info_cnt */
  get lineInfo(): readonly BtfLineInfo[] {
    return this.relocated?.lineInfo ?? this.#func.lineInfo;
  }

  get #func(): BpfObject['spec']['code']['funcs'][number] {
    return this.object.spec.code.funcs[this.spec.funcIdx] as BpfObject['spec']['code']['funcs'][number];
  }

  /** Sets the program type, before `load()`. @param type `BPF_PROG_TYPE_*` @libbpf bpf_program__set_type */
  setType(type: number): void {
    this.change({ type });
  }

  /** Sets the attach type, before `load()`. @libbpf bpf_program__set_expected_attach_type */
  setExpectedAttachType(expectedAttachType: number): void {
    this.change({ expectedAttachType });
  }

  /** Chooses whether `load()` loads it. @libbpf bpf_program__set_autoload */
  setAutoload(autoload: boolean): void {
    this.change({ autoload });
  }

  /** Sets the level of its verifier log, before `load()`. @libbpf bpf_program__set_log_level */
  setLogLevel(logLevel: number): void {
    this.change({ logLevel });
  }

  /** Sets the load flags, before `load()`. @param flags `BPF_F_*` @libbpf bpf_program__set_flags */
  setFlags(flags: number): void {
    this.change({ flags });
  }

  /**
   * Loads it for one interface: into the device, or with the flag `BPF_F_XDP_DEV_BOUND_ONLY` (kernel 6.3) to be attached to that one
   * alone, and to read what it knows of a packet.
   *
   * @libbpf bpf_program__set_ifindex
   */
  setIfindex(ifindex: number): void {
    this.change({ ifindex });
  }

  /** @internal */
  protected change(override: ProgramOverride): void {
    this.requireUnloaded();
    this.#override = { ...this.#override, ...override };
  }

  /** What `load()` takes. @internal */
  get override(): ProgramOverride {
    return this.#override;
  }
}
