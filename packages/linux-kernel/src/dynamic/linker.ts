// How are calls between programs bound on a kernel that knows no such calls?
//
//   main          calls a stub for each extern, a global function with the extern's prototype
//   library       each function is an EXT program, verified over a carrier (strategy B), and put over the stubs of mains by links;
//                 what calls further functions is put together with them first (E) and loaded over the stub itself (A)
//   what EXT cannot do, a buffer with a size, a kernel or machine without EXT, is linked into main, which is loaded again in its
//                 place (C)
//   slots         what was asked to be a tail call is one (D)
import type { Btf } from '@rootlet/btf';
import { KernelError } from '@rootlet/loader';
import type { BindAttr, ProgAttr, ProgLoadResult } from '@rootlet/loader';
import { BPF_PROG_TYPE_EXT, EBUSY, EINVAL, ELOOP, ENOENT, ENOEXEC } from '@rootlet/uapi';
import { buildBundle } from './bundle.ts';
import { checkExtent } from './extent.ts';
import { perCallReason } from './prototype.ts';
import { requireReplaceable } from './replaceable.ts';
import type { SavedUnit } from './saved-unit.ts';
import type { Slots } from './slots.ts';
import { closureOf, findPath, missingOf, Unit } from './unit.ts';
import type { Extern } from './unit.ts';
import { UnitLoader } from './unit-loader.ts';
import type { LowKernel } from './unit-loader.ts';

/** Binds calls between loaded programs, and replaces functions, with EXT programs and static linking. */
export class DynamicLinker {
  readonly #low: LowKernel;
  /** By fd of the program. */
  readonly #units = new Map<number, Unit>();
  readonly #alive = new Set<Unit>();
  /** By fd of a link: the unit whose program it attached. */
  readonly #links = new Map<number, Unit>();
  /** By fd that stands for a link: what runs in slots, and in whose place. */
  readonly #slotLinks = new Map<number, { unit: Unit; readonly target: Unit }>();
  readonly #loader: UnitLoader;
  readonly #slots: Slots;

  constructor(low: LowKernel) {
    this.#low = low;
    this.#loader = new UnitLoader(low);
    this.#slots = this.#loader.slots;
  }

  /** Why nothing can be put over a function of a program here; undefined when something can. Asks once. */
  extObstacle(): string | undefined {
    return this.#loader.extObstacle();
  }

  find(progFd: number): Unit | undefined {
    return this.#units.get(progFd);
  }

  /** The unit whose program a link attached. */
  attachedBy(linkFd: number): Unit | undefined {
    return this.#links.get(linkFd);
  }

  /** Takes in a library function that another process pinned. */
  adopt(fd: number, { attr, btf, extType, extAttachType, perCall, fds }: SavedUnit): void {
    const unit = new Unit(attr, btf, (gone) => this.#forget(gone));
    unit.adoptFds(fds);
    unit.extType = extType;
    unit.extAttachType = extAttachType;
    unit.perCall = perCall;
    unit.fd = fd;
    this.#units.set(fd, unit.hold());
    this.#alive.add(unit);
  }

  /** Loads a program; `btf` is that of `attr.btfFd`. */
  load(attr: ProgAttr, btf: Btf): ProgLoadResult {
    const unit = new Unit(attr, btf, (gone) => this.#forget(gone));
    const result = this.#loader.load(unit);
    unit.fd = result.fd;
    this.#units.set(result.fd, unit.hold());
    this.#alive.add(unit);
    return result;
  }

  /**
   * Binds an extern of a program to a function of another one, or takes the binding back.
   *
   * @throws KernelError `ENOENT` no such extern or function; what the kernel says of the composition
   */
  bind(attr: BindAttr): void {
    const unit = this.#units.get(attr.progFd);
    const extern = unit?.externs.find(({ btfId }) => btfId === attr.externBtfId);
    if (unit === undefined || extern === undefined) {
      throw new KernelError('prog bind', ENOENT, `program ${attr.progFd} has no pending call of BTF id ${attr.externBtfId}`);
    }
    const before = extern.provider;
    const provider = attr.providerFd < 0 ? undefined : this.#provider(attr);
    const cycle = provider === undefined ? undefined : findPath(provider, unit);
    if (cycle !== undefined) {
      throw new KernelError('prog bind', ELOOP, `recursion is not allowed: ${[unit, ...cycle].map(({ name }) => name).join(' → ')}`);
    }
    if (provider?.replacedBy !== undefined && extern.slotIdx === undefined) {
      const problem = `'${provider.name}' is replaced in slots, and '${unit.name}' has no slot for it: open its object with tailCalls`;
      throw new KernelError('prog bind', EINVAL, problem);
    }
    extern.provider = provider?.hold();
    try {
      for (const root of this.#alive) if (closureOf(root).includes(unit)) checkExtent('prog bind', root);
      for (const main of this.#mainsOf(unit)) this.#settleFor(main, extern);
    } catch (error) {
      extern.provider?.release();
      extern.provider = before;
      for (const main of this.#mainsOf(unit)) this.#settle(main);
      throw error;
    }
    before?.release();
  }

  #provider({ providerFd, providerBtfId }: BindAttr): Unit {
    const unit = this.#units.get(providerFd);
    if (unit?.entryBtfId === providerBtfId) return unit;
    // One fd of a library stands for all functions of its BTF.
    const sibling = [...this.#alive].find((other) => other.entryBtfId === providerBtfId && other.btf === unit?.btf);
    if (sibling === undefined) throw new KernelError('prog bind', ENOENT, `program ${providerFd} has no function with BTF id ${providerBtfId}`);
    return sibling;
  }

  /** Has a map live as long as a program, also as that is linked anew. */
  bindMap(progFd: number, mapFd: number): void {
    this.#low.bindMap(progFd, mapFd);
    this.#units.get(progFd)?.companions.add(mapFd);
  }

  /** The programs that reach a unit, itself included, and can run. */
  #mainsOf(unit: Unit): readonly Unit[] {
    return [...this.#alive].filter((main) => main.attr.library !== true && main.externs.length > 0 && closureOf(main).includes(unit));
  }

  /** Makes what runs agree with what is bound; where EXT turns out to be forbidden, by linking. */
  #settle(main: Unit): void {
    try {
      this.#settleOnce(main);
    } catch (error) {
      if (!this.#loader.mayExt || !this.#loader.noExt(error)) throw error;
      this.#settleOnce(main);
    }
  }

  #settleOnce(main: Unit): void {
    const complete = (extern: Extern): boolean => extern.provider !== undefined && missingOf(extern.provider).length === 0;
    const wanted = new Set(main.externs.filter((extern) => complete(extern) && this.#mustInline(extern, main)));
    if (main.externs.some((extern) => extern.isInlined !== wanted.has(extern))) this.#reload(main, wanted);
    this.#slots.settle(main, ({ provider }) => {
      const runs = provider?.replacedBy ?? provider;
      return runs === undefined || missingOf(runs).length > 0 ? undefined : runs;
    });
    for (const extern of main.externs) {
      const over = complete(extern) && !extern.isInlined && extern.slotIdx === undefined;
      if (!over && extern.linkFd !== undefined) {
        this.#low.close(extern.linkFd);
        extern.linkFd = undefined;
      }
      if (over && extern.linkFd === undefined && extern.provider !== undefined) extern.linkFd = this.#putOver(main, extern, extern.provider);
    }
    this.#low.rebound(main);
  }

  /** Settles, and says in an error which program and which function it is about. */
  #settleFor(main: Unit, extern: Extern): void {
    try {
      this.#settle(main);
    } catch (error) {
      const { name, errno, message, log } = error as KernelError;
      if (name !== 'KernelError') throw error;
      const problem = `'${extern.provider?.name ?? extern.name}' does not fit program '${main.name}': ${message}`;
      throw new KernelError('prog bind', errno, problem, log === undefined ? {} : { log });
    }
  }

  #mustInline({ provider, btfId, slotIdx }: Extern, main: Unit): boolean {
    if (slotIdx !== undefined) return false;
    if (!this.#loader.mayExt || perCallReason(main.btf, btfId) !== undefined) return true;
    return provider !== undefined && closureOf(provider).some(({ perCall }) => perCall !== undefined);
  }

  /** Loads main again with other bodies linked in, under the same fd, and points its links to it. */
  #reload(main: Unit, inlined: ReadonlySet<Extern>): void {
    const bundle = buildBundle(main, (extern, owner) => owner !== main || inlined.has(extern), false);
    const { fd } = this.#loader.loadBundle(main.attr, bundle);
    const updated: number[] = [];
    try {
      if (main.fd >= 0) for (const mapFd of main.companions) this.#low.bindMap(fd, mapFd);
      for (const [linkFd, unit] of this.#links) {
        if (unit !== main) continue;
        this.#low.linkUpdate(linkFd, fd);
        updated.push(linkFd);
      }
      if (main.fd >= 0) this.#low.moveFd(fd, main.fd);
      else this.#low.close(fd);
    } catch (error) {
      this.#low.close(fd);
      if (main.fd >= 0) for (const linkFd of updated) this.#low.linkUpdate(linkFd, main.fd);
      throw error;
    }
    for (const extern of main.externs) {
      if (extern.linkFd !== undefined) this.#low.close(extern.linkFd);
      extern.linkFd = undefined;
      extern.isInlined = inlined.has(extern);
    }
  }

  /** Puts a provider over a stub of main. @returns the link */
  #putOver(main: Unit, extern: Extern, provider: Unit): number {
    if (provider.fd >= 0 && provider.extType === main.attr.type && provider.extAttachType === main.attr.expectedAttachType && provider.externs.length === 0) {
      return this.#low.linkCreate(provider.fd, main.fd, extern.btfId);
    }
    const progFd = this.#loader.loadExt(provider, main.fd, extern.btfId);
    try {
      return this.#low.linkCreate(progFd, main.fd, extern.btfId);
    } finally {
      this.#low.close(progFd);
    }
  }

  /** Puts a program in place of a function of another one. @returns the link */
  replace(unit: Unit, targetFd: number, targetBtfId: number): number {
    this.requireBound(unit, 'link create');
    const target = this.#units.get(targetFd);
    if (target?.entryBtfId === targetBtfId) {
      const callers = this.#callersOf(target);
      if (callers.length > 0 && callers.every(({ extern }) => extern.slotIdx !== undefined)) return this.#replaceInSlots(unit, target);
    }
    if (target !== undefined) requireReplaceable(target, unit, targetBtfId, this.#alive);
    if (unit.attr.type === BPF_PROG_TYPE_EXT) return this.#remember(this.#low.linkCreate(unit.fd, targetFd, targetBtfId), unit);
    const progFd = this.#loader.loadExt(unit, targetFd, targetBtfId);
    let linkFd: number;
    try {
      linkFd = this.#low.linkCreate(progFd, targetFd, targetBtfId);
    } catch (error) {
      this.#low.close(progFd);
      throw error;
    }
    if (unit.replacementFd !== undefined) this.#low.close(unit.replacementFd);
    unit.replacementFd = progFd;
    return this.#remember(linkFd, unit);
  }

  #callersOf(target: Unit): readonly { readonly main: Unit; readonly extern: Extern }[] {
    return [...this.#alive].flatMap((main) => main.externs.flatMap((extern) => (extern.provider === target ? [{ main, extern }] : [])));
  }

  /** Puts a program into every slot that runs another one. @returns an fd that stands for the link there is none of */
  #replaceInSlots(unit: Unit, target: Unit): number {
    if (target.replacedBy !== undefined) throw new KernelError('link create', EBUSY, `function '${target.name}' of program '${target.name}' is replaced already`);
    const linkFd = this.#low.dup(unit.fd);
    try {
      this.#putInSlots(unit, target, 'link create');
    } catch (error) {
      this.#low.close(linkFd);
      throw error;
    }
    this.#slotLinks.set(linkFd, { unit: unit.hold(), target: target.hold() });
    return linkFd;
  }

  #putInSlots(unit: Unit | undefined, target: Unit, operation: string): void {
    const callers = this.#callersOf(target);
    const cycle = unit && [target, ...callers.map(({ main }) => main)].map((to) => findPath(unit, to)).find((path) => path !== undefined);
    if (cycle !== undefined) throw new KernelError(operation, ELOOP, `recursion is not allowed: ${cycle.map(({ name }) => name).join(' → ')}`);
    const before = target.replacedBy;
    target.replacedBy = unit;
    try {
      for (const { main } of callers) this.#settle(main);
    } catch (error) {
      target.replacedBy = before;
      for (const { main } of callers) this.#settle(main);
      throw error;
    }
  }

  /** What an fd stands for that is no link of the kernel's. */
  slotLink(fd: number): { readonly unit: Unit; readonly target: Unit } | undefined {
    return this.#slotLinks.get(fd);
  }

  /** Fds that stand for links there are none of. */
  get slotLinkFds(): Iterable<number> {
    return this.#slotLinks.keys();
  }

  /** Puts another program in place of what runs in slots: one map update a slot, with nothing in between. */
  updateSlotLink(linkFd: number, progFd: number): void {
    const link = this.#slotLinks.get(linkFd);
    const unit = this.#units.get(progFd);
    if (link === undefined || unit === undefined) throw new KernelError('link update', EINVAL, `fd ${progFd} is no program that could stand in a slot`);
    const fd = this.#low.dup(unit.fd);
    try {
      this.#putInSlots(unit, link.target, 'link update');
      this.#low.moveFd(fd, linkFd);
    } catch (error) {
      this.#low.close(fd);
      throw error;
    }
    link.unit.release();
    link.unit = unit.hold();
  }

  /** Remembers which unit a link attached: it stays bound while the link stands. */
  attached(linkFd: number, progFd: number): number {
    const unit = this.#units.get(progFd);
    return unit === undefined ? linkFd : this.#remember(linkFd, unit);
  }

  /** A link attaches another program now. */
  reattached(linkFd: number, progFd: number): void {
    const before = this.#links.get(linkFd);
    this.#links.delete(linkFd);
    this.attached(linkFd, progFd);
    before?.release();
  }

  #remember(linkFd: number, unit: Unit): number {
    this.#links.set(linkFd, unit.hold());
    return linkFd;
  }

  /** @throws KernelError `EINVAL` for a function that only other programs call */
  requireProgram(unit: Unit, operation: string): void {
    if (unit.attr.library === true) throw new KernelError(operation, EINVAL, `'${unit.name}' is a function for other programs`);
  }

  /** @throws KernelError `ENOEXEC` naming every missing symbol, and who wants it where that is not the program itself */
  requireBound(unit: Unit, operation: string): void {
    const missing = missingOf(unit);
    if (missing.length === 0) return;
    const names = missing.map(({ extern, owner }) => (owner === unit ? `'${extern.name}'` : `'${extern.name}' (wanted by ${owner.name})`));
    throw new KernelError(operation, ENOEXEC, `program '${unit.name}' calls what nothing provides: ${names.join(', ')}`);
  }

  /** An fd is closed: what only it needed goes. */
  closed(fd: number): void {
    const unit = this.#units.get(fd);
    if (unit !== undefined) {
      this.#units.delete(fd);
      if (unit.isShared) unit.keepMaps((mapFd) => this.#low.dup(mapFd));
      unit.fd = -1;
      unit.release();
    }
    const attached = this.#links.get(fd);
    this.#links.delete(fd);
    attached?.release();
    const replaced = this.#slotLinks.get(fd);
    if (replaced === undefined) return;
    this.#slotLinks.delete(fd);
    this.#putInSlots(undefined, replaced.target, 'close');
    replaced.unit.release();
    replaced.target.release();
  }

  #forget(unit: Unit): void {
    this.#alive.delete(unit);
    for (const mapFd of unit.mapFds) this.#low.close(mapFd);
    if (unit.replacementFd !== undefined) this.#low.close(unit.replacementFd);
    if (unit.arrayFd !== undefined) this.#low.close(unit.arrayFd);
    for (const extern of unit.externs) {
      if (extern.linkFd !== undefined) this.#low.close(extern.linkFd);
      extern.provider?.release();
    }
  }
}
