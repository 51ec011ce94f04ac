// How does one program come into a kernel that knows no calls between programs?
//
// What calls others gets stubs for them, slots where it was asked for those. A library function is verified on its own, as an EXT program
// over a carrier, or, where EXT cannot express it or is forbidden, called by a program made for that.
import { KernelError } from '@rootlet/loader';
import type { ProgAttr, ProgLoadResult } from '@rootlet/loader';
import { BPF_PROG_TYPE_EXT, BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_XDP, BPF_XDP, EINVAL } from '@rootlet/uapi';
import { argTagsOf, buildTagProbe, tagsUnknown } from './arg-tags.ts';
import { buildBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { buildCarrier } from './carrier.ts';
import { buildExtProbe } from './ext-probe.ts';
import { buildProbe } from './probe.ts';
import { perCallReason } from './prototype.ts';
import { Slots } from './slots.ts';
import type { SlotKernel } from './slots.ts';
import { pendingCalls, Unit } from './unit.ts';

/** What of the kernel loading and linking use: `bpf(2)` as it is. */
export interface LowKernel extends SlotKernel {
  btfLoad(bytes: Uint8Array, tokenFd: number | undefined): number;
  progLoad(attr: ProgAttr): ProgLoadResult;
  linkCreate(progFd: number, targetFd: number, targetBtfId: number): number;
  linkUpdate(linkFd: number, progFd: number): void;
  /** Lets `to` name what `from` names; closes what it named. */
  moveFd(from: number, to: number): void;
  dup(fd: number): number;
  bindMap(progFd: number, mapFd: number): void;
  /** A program was bound anew. */
  rebound(unit: Unit): void;
}

const NO_EXT = 'this machine loads no EXT programs';

/** Loads programs one by one, and remembers what the machine turned out to know. */
export class UnitLoader {
  readonly slots: Slots;
  readonly #low: LowKernel;
  /** Whether this machine loads EXT programs, as far as is known. */
  #mayExt = true;
  #hasAsked = false;
  /** Whether the kernel knows `arg:` tags; undefined until a function with tags was refused. */
  #knowsTags: boolean | undefined;

  constructor(low: LowKernel) {
    this.#low = low;
    this.slots = new Slots(low, (attr, bundle) => this.loadBundle(attr, bundle));
  }

  /** Whether this machine loads EXT programs, as far as is known. */
  get mayExt(): boolean {
    return this.#mayExt;
  }

  /** Why nothing can be put over a function of a program here; undefined when something can. Asks once. */
  extObstacle(): string | undefined {
    if (!this.#hasAsked && this.#mayExt) this.#askForExt();
    this.#hasAsked = true;
    return this.#mayExt ? undefined : NO_EXT;
  }

  /** Loads the smallest EXT program there is. */
  #askForExt(): void {
    const { btf, attr, entry } = buildExtProbe();
    const unit = new Unit(attr, btf, () => {});
    const carrier = buildCarrier(unit, entry, BPF_PROG_TYPE_XDP, BPF_XDP);
    try {
      const carrierFd = this.#withBtf(carrier.btf, carrier.attr).fd;
      try {
        this.#low.close(this.loadExt(unit, carrierFd, carrier.stubBtfId));
      } finally {
        this.#low.close(carrierFd);
      }
    } catch (error) {
      // Whatever else is wrong is said where it matters.
      this.noExt(error);
    }
  }

  /** Loads a unit's program, as main or as a library function. */
  load(unit: Unit): ProgLoadResult {
    return unit.attr.library === true ? this.#loadTagged(unit) : this.#loadMain(unit);
  }

  #loadMain(unit: Unit): ProgLoadResult {
    if (pendingCalls(unit.attr.insns).length === 0) return this.#low.progLoad(unit.attr);
    const slots = unit.externs.filter(({ btfId }) => unit.attr.tailCalls?.includes(btfId));
    if (slots.length > 0) return this.slots.load(unit, slots);
    return this.loadBundle(unit.attr, buildBundle(unit, () => false, false));
  }

  /** Loads a library function; if it is refused for tags that this kernel does not know, says so. */
  #loadTagged(unit: Unit): ProgLoadResult {
    try {
      return this.#loadLibrary(unit);
    } catch (error) {
      const tags = argTagsOf(unit.btf, unit.entryBtfId ?? 0);
      if (tags.length === 0 || !(error instanceof KernelError) || error.log === undefined || this.#tagsKnown()) throw error;
      throw tagsUnknown(error, unit.name, tags);
    }
  }

  #tagsKnown(): boolean {
    if (this.#knowsTags !== undefined) return this.#knowsTags;
    const { btf, attr } = buildTagProbe();
    try {
      this.#low.close(this.#withBtf(btf, attr).fd);
      this.#knowsTags = true;
    } catch {
      this.#knowsTags = false;
    }
    return this.#knowsTags;
  }

  /** Verifies a library function on its own, over a carrier. What EXT cannot express is left to each call. */
  #loadLibrary(unit: Unit): ProgLoadResult {
    const entry = unit.entryBtfId;
    if (entry === undefined) throw new KernelError('prog load', EINVAL, `library function '${unit.name}' has no BTF prototype`);
    const type = unit.attr.type === BPF_PROG_TYPE_UNSPEC ? BPF_PROG_TYPE_XDP : unit.attr.type;
    // What names no context serves XDP programs as it is, others by a copy.
    const attachType = type === BPF_PROG_TYPE_XDP ? BPF_XDP : unit.attr.expectedAttachType;
    unit.perCall ??= perCallReason(unit.btf, entry) ?? (this.#mayExt ? undefined : NO_EXT);
    if (unit.perCall !== undefined) return this.#loadProbe(unit, entry, type);
    const carrier = buildCarrier(unit, entry, type, attachType);
    const carrierFd = this.#withBtf(carrier.btf, carrier.attr).fd;
    try {
      const ext = { ...unit.attr, type: BPF_PROG_TYPE_EXT, expectedAttachType: 0, attachProgFd: carrierFd, attachBtfId: carrier.stubBtfId };
      const result = this.loadBundle(ext, buildBundle(unit, () => false, true));
      unit.extType = type;
      unit.extAttachType = attachType;
      return result;
    } catch (error) {
      if (!this.noExt(error)) throw error;
      unit.perCall = NO_EXT;
      return this.#loadProbe(unit, entry, type);
    } finally {
      this.#low.close(carrierFd);
    }
  }

  /** Verifies a library function on its own, called by a program made for that. */
  #loadProbe(unit: Unit, entry: number, type: number): ProgLoadResult {
    return this.loadBundle({ ...unit.attr, type }, buildProbe(unit, entry, buildBundle(unit, () => false, false)));
  }

  /** Whether an error says that this machine loads no EXT programs, which is remembered. */
  noExt(error: unknown): boolean {
    const { name, code } = error as { readonly name?: string; readonly code?: string };
    if (name !== 'KernelError' || code !== 'EPERM') return false;
    this.#mayExt = false;
    return true;
  }

  /** Loads a unit, with all it calls, as an EXT program for a function of a program. @returns its fd */
  loadExt(unit: Unit, targetFd: number, targetBtfId: number): number {
    const attr = { ...unit.attr, type: BPF_PROG_TYPE_EXT, expectedAttachType: 0, attachProgFd: targetFd, attachBtfId: targetBtfId };
    return this.loadBundle(attr, buildBundle(unit, () => true, true)).fd;
  }

  /** Loads what was put together, with the attributes of a program. */
  loadBundle(attr: ProgAttr, bundle: Bundle): ProgLoadResult {
    const { insns, funcInfo, lineInfo } = bundle;
    return this.#withBtf(bundle.btf, { ...attr, library: false, insns, funcInfo, lineInfo });
  }

  /** A program holds its BTF: the fd is needed for the load only. */
  #withBtf(bytes: Uint8Array, attr: ProgAttr): ProgLoadResult {
    const btfFd = this.#low.btfLoad(bytes, attr.tokenFd);
    try {
      return this.#low.progLoad({ ...attr, btfFd });
    } finally {
      this.#low.close(btfFd);
    }
  }
}
