// What have the ring buffers of programs and of users in common?
import type { VmMemory } from '../memory.ts';
import { KeylessMap } from './keyless.ts';
import type { VmMapAttr } from './map.ts';

const HEADER = 8;

/** Something that is in a ring from the time room is made for it until it is dropped. */
export interface RingItem {
  /** Where its bytes begin. */
  readonly address: number;
  /** Header and bytes, rounded up to 8. */
  readonly space: number;
}

/**
 * A ring of items, which are dropped in the order in which room was made for them.
 *
 * The memory is twice the ring, so that an item that runs over the ring's end is contiguous, as the kernel's double mapping makes
 * it; the part that laps counts as used at the start.
 */
export abstract class RingMap<T extends RingItem> extends KeylessMap {
  /** First byte of the ring. */
  protected readonly start: number;
  /** Called whenever the other side may go on. */
  readonly listeners: Set<() => void> = new Set();
  readonly #items: T[] = [];
  #produced = 0;
  #consumed = 0;

  protected constructor(memory: VmMemory, attr: VmMapAttr, start: number) {
    super(memory, attr);
    this.start = start;
  }

  /** Memory of a ring. @param extra bytes after it @returns its first byte; undefined when memory is used up */
  protected static allocateRing(memory: VmMemory, attr: VmMapAttr, kind: string, extra = 0): number | undefined {
    return memory.allocate(2 * attr.maxEntries + extra, { what: `${kind} ${attr.name}`, mapped: false });
  }

  /** Bytes produced and not consumed. */
  get available(): number {
    return this.#produced - this.#consumed;
  }

  /** Bytes ever consumed. */
  get consumerPosition(): number {
    return this.#consumed;
  }

  /** Bytes ever produced. */
  get producerPosition(): number {
    return this.#produced;
  }

  /** What an item of so many bytes takes. */
  protected spaceOf(size: number): number {
    return Math.ceil((size + HEADER) / 8) * 8;
  }

  /** Where the bytes of the next item begin. */
  protected get nextAddress(): number {
    return this.start + (this.#produced % this.attr.maxEntries) + HEADER;
  }

  protected place(item: T): T {
    this.#items.push(item);
    this.#produced += item.space;
    return item;
  }

  /** The oldest item. */
  protected get oldest(): T | undefined {
    return this.#items[0];
  }

  /** The newest item of which something is true. */
  protected findNewest(matches: (item: T) => boolean): T | undefined {
    return this.#items.findLast(matches);
  }

  /** Gives the room of the oldest item back. */
  drop(): void {
    this.#consumed += this.#items.shift()?.space ?? 0;
  }

  override dispose(): void {
    this.memory.free(this.start);
  }
}
