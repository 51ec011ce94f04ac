// What do opaque values in registers stand for?
import type { VmMap } from './maps/map.ts';
import type { FuncSlot } from './program.ts';

/** Handles are addresses that are never mapped, from here up. */
const FIRST_HANDLE = 0xc000_0000;
const STEP = 16;

/** What a register can hold that is no number and no address. */
export type Handle = VmMap | FuncSlot;

/** The table behind map pointers and function addresses. */
export class Handles {
  readonly #table: (Handle | undefined)[] = [];
  readonly #free: number[] = [];

  /** A new handle: unsigned 32 bits, never zero. */
  add(what: Handle): number {
    const index = this.#free.pop() ?? this.#table.length;
    this.#table[index] = what;
    return FIRST_HANDLE + index * STEP;
  }

  /** What a handle stands for; undefined when it is none. */
  find(handle: number): Handle | undefined {
    const index = (handle - FIRST_HANDLE) | 0;
    return index >= 0 && (index & (STEP - 1)) === 0 ? this.#table[index >>> 4] : undefined;
  }

  /** Everything that has a handle. */
  *all(): IterableIterator<Handle> {
    for (const what of this.#table) if (what !== undefined) yield what;
  }

  /** Takes a handle back. */
  remove(handle: number): void {
    const index = (handle - FIRST_HANDLE) / STEP;
    if (this.#table[index] === undefined) return;
    this.#table[index] = undefined;
    this.#free.push(index);
  }
}
