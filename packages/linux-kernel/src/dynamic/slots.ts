// How does a program call others by tail calls, where it was asked to?
//
//   main      calls a stub for each slot, a static function that tail-calls with the context: what runs there returns to main
//   array     one for each main; a slot holds the provider where that is a program of main's kind, otherwise a copy of it
//   replaced  one map update for each main, atomic: no EXT, so it works on every machine and for every type of program
import { KernelError } from '@rootlet/loader';
import type { ProgAttr, ProgLoadResult } from '@rootlet/loader';
import { BPF_F_XDP_HAS_FRAGS, EINVAL } from '@rootlet/uapi';
import { buildBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { packetMover } from './stub.ts';
import { changesPacketData, closureOf } from './unit.ts';
import type { Extern, Unit } from './unit.ts';

/** What of the kernel slots use. */
export interface SlotKernel {
  /** A program array. @returns its fd */
  createSlots(count: number, tokenFd: number | undefined): number;
  /** @param progFd undefined empties the slot */
  setSlot(arrayFd: number, slotIdx: number, progFd: number | undefined): void;
  close(fd: number): void;
}

/** Loads programs that have slots, and fills those. */
export class Slots {
  readonly #low: SlotKernel;
  readonly #loadBundle: (attr: ProgAttr, bundle: Bundle) => ProgLoadResult;

  constructor(low: SlotKernel, loadBundle: (attr: ProgAttr, bundle: Bundle) => ProgLoadResult) {
    this.#low = low;
    this.#loadBundle = loadBundle;
  }

  /**
   * Loads a program with some of its externs as slots.
   *
   * What stands in a slot may move the packet, of which the kernel knows nothing at the call: the stub says so, and if main is
   * refused with that, it keeps pointers to the packet and gets only what leaves that where it is.
   */
  load(main: Unit, externs: readonly Extern[]): ProgLoadResult {
    main.arrayFd = this.#low.createSlots(externs.length, main.attr.tokenFd);
    externs.forEach((extern, slotIdx) => (extern.slotIdx = slotIdx));
    const load = (): ProgLoadResult => this.#loadBundle(main.attr, buildBundle(main, () => false, false));
    try {
      if (packetMover(main.attr.type) === undefined) return load();
      main.slotsMayMove = true;
      try {
        return load();
      } catch (error) {
        if ((error as KernelError).log === undefined) throw error;
        main.slotsMayMove = false;
        return load();
      }
    } catch (error) {
      this.#low.close(main.arrayFd);
      main.arrayFd = undefined;
      throw error;
    }
  }

  /** Makes the slots of a program hold what it is bound to. @param runs what an extern runs; undefined while that is incomplete */
  settle(main: Unit, runs: (extern: Extern) => Unit | undefined): void {
    for (const extern of main.externs) {
      const wanted = runs(extern);
      if (main.arrayFd === undefined || extern.slotIdx === undefined || wanted === extern.inSlot) continue;
      if (wanted === undefined) this.#low.setSlot(main.arrayFd, extern.slotIdx, undefined);
      else this.#fill(main, main.arrayFd, extern.slotIdx, wanted);
      extern.inSlot = wanted;
    }
  }

  #fill(main: Unit, arrayFd: number, slotIdx: number, unit: Unit): void {
    const moves = !main.slotsMayMove && packetMover(main.attr.type) !== undefined && closureOf(unit).some(({ attr }) => changesPacketData(attr.insns));
    if (moves) throw new KernelError('map update', EINVAL, `'${unit.name}' changes packet data, and '${main.name}' keeps pointers to it across the call`);
    if (isOfKind(unit, main)) return this.#low.setSlot(arrayFd, slotIdx, unit.fd);
    const { type, expectedAttachType, flags } = main.attr;
    const attr = { ...unit.attr, type, expectedAttachType, flags: (unit.attr.flags & ~BPF_F_XDP_HAS_FRAGS) | (flags & BPF_F_XDP_HAS_FRAGS) };
    const { fd } = this.#loadBundle(attr, buildBundle(unit, () => true, false));
    try {
      this.#low.setSlot(arrayFd, slotIdx, fd);
    } finally {
      this.#low.close(fd);
    }
  }
}

/** Whether a unit can stand in a slot of main as it is: a program that tail calls reach, and that nothing is put over or linked into. */
function isOfKind({ fd, attr, externs }: Unit, main: Unit): boolean {
  const isAlike = attr.type === main.attr.type && attr.expectedAttachType === main.attr.expectedAttachType && ((attr.flags ^ main.attr.flags) & BPF_F_XDP_HAS_FRAGS) === 0;
  return fd >= 0 && attr.library !== true && isAlike && externs.every(({ slotIdx }) => slotIdx !== undefined);
}
