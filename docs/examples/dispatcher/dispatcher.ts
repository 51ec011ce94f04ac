// How do several firewalls share an interface, and come, go and change places while packets do?
//
// What libxdp does with a dispatcher that it generates, written in BPF (slots.c) and linked by name: a slot is a weak function, and
// `aliases` say which loaded function takes its place. A change is a new set of slots, put in place of the old one by one atomic update
// of the link. Firewalls are loaded once, and keep their maps.
import { BpfObject } from '@rootlet/libbpf';
import type { BpfLink, BpfProgram, Kernel, LinkPlanEntry, ObjectSource } from '@rootlet/libbpf';

/** Slots of slots.c. */
export const SLOTS = 8;

/** A rootlet on an interface. */
export class Dispatcher {
  readonly #kernel: Kernel;
  readonly #slots: ObjectSource;
  readonly #ifindex: number;
  #link: BpfLink | undefined;
  #current: BpfObject | undefined;
  /** Packets that were under way when the link changed may run it still. */
  #before: BpfObject | undefined;
  #generation = 0;

  /** @param slots the object of slots.c */
  constructor(kernel: Kernel, slots: ObjectSource, ifindex: number) {
    this.#kernel = kernel;
    this.#slots = slots;
    this.#ifindex = ifindex;
  }

  /**
   * Lets these firewalls see the packets, in this order. A packet runs through the old ones or through the new ones, never through
   * neither.
   *
   * @param firewalls loaded functions for other programs to call
   * @returns what was linked how
   */
  set(firewalls: readonly BpfProgram[]): readonly LinkPlanEntry[] {
    if (firewalls.length > SLOTS) throw new RangeError(`${firewalls.length} firewalls, ${SLOTS} slots`);
    const next = BpfObject.open(this.#slots, {
      kernel: this.#kernel,
      name: `slots_${++this.#generation}`,
      aliases: Object.fromEntries(firewalls.map(({ name }, idx) => [`slot${idx}`, name])),
      scope: firewalls.map(({ object }) => object),
    });
    const plan = next.linkPlan();
    const program = next.load().findProgram('slots');
    if (program === undefined) throw new Error('the object has no program slots');
    if (this.#link === undefined) this.#link = program.attachXdp(this.#ifindex);
    else this.#link.update(program);
    this.#before?.close();
    this.#before = this.#current;
    this.#current = next;
    return plan;
  }

  /** Keeps it on the interface when this process ends. @param path in a bpffs */
  pin(path: string): void {
    this.#link?.pin(path);
  }

  /** Takes it off the interface, unless it is pinned. */
  close(): void {
    this.#link?.destroy();
    this.#before?.close();
    this.#current?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
