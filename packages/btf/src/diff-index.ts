// Which types have the same name on both sides?
import type { Btf } from './btf.ts';
import { kindWord } from './diff-pairs.ts';
import type { Sameness } from './diff-same.ts';
import { equalCstr, hashCstr } from './names.ts';

/** Ids of both sides under one name, ascending. */
export interface NamePair {
  readonly aIds: readonly number[];
  readonly bIds: readonly number[];
}

/** Numbers the names of both sides, as bytes: hardly any of them is ever a string. */
class NameNumbers {
  count = 0;
  /** 1 + number of a name; 0 when free. */
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  readonly #strings: Uint8Array[] = [];
  readonly #offs: Uint32Array;

  constructor(most: number) {
    let size = 16;
    while (size < 2 * most) size *= 2;
    this.#slots = new Int32Array(size);
    this.#hashes = new Int32Array(size);
    this.#offs = new Uint32Array(most);
  }

  of(strings: Uint8Array, off: number): number {
    const hash = hashCstr(strings, off);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) {
        this.#slots[slot] = ++this.count;
        this.#hashes[slot] = hash;
        this.#strings.push(strings);
        this.#offs[this.count - 1] = off;
        return this.count - 1;
      }
      if (this.#hashes[slot] === hash && equalCstr(this.#strings[number]!, this.#offs[number]!, strings, off)) return number;
    }
  }
}

/** Chains of ids by number of name. */
class Side {
  /** First id under a name; 0 when there is none. */
  readonly heads: Int32Array;
  /** By id: the next one under the same name; 0 at the end. */
  readonly next: Int32Array;

  constructor(btf: Btf, strings: Uint8Array, numbers: NameNumbers, most: number) {
    this.heads = new Int32Array(most);
    this.next = new Int32Array(btf.typeCount);
    // Backwards, so that each comes in front of its chain.
    for (let id = btf.typeCount - 1; id > 0; id--) {
      if (kindWord(btf.kind(id)) === undefined) continue;
      const off = btf.recordWords(id)[btf.recordIdx(id)]!;
      if (off === 0 || strings[off] === 0) continue;
      const number = numbers.of(strings, off);
      this.next[id] = this.heads[number]!;
      this.heads[number] = id;
    }
  }

  idsOf(number: number): number[] {
    const ids: number[] = [];
    for (let id = this.heads[number]!; id !== 0; id = this.next[id]!) ids.push(id);
    return ids;
  }
}

/**
 * All names of two BTFs, each once, with the types that have them.
 *
 * @param ownOnly only names that a side has of its own, not in its base; types of the base are among the ids nevertheless
 */
export function* pairNames(a: Btf, b: Btf, same: Sameness, ownOnly: boolean): Generator<NamePair, void, undefined> {
  const most = a.typeCount + b.typeCount;
  const numbers = new NameNumbers(most);
  const left = new Side(a, same.aStrings, numbers, most);
  const right = new Side(b, same.bStrings, numbers, most);
  for (let number = 0; number < numbers.count; number++) {
    const [aIds, bIds] = [left.idsOf(number), right.idsOf(number)];
    // Ids ascend, so the last one is an own one if any is.
    if (!ownOnly || (aIds.at(-1) ?? 0) >= a.startId || (bIds.at(-1) ?? 0) >= b.startId) yield { aIds, bIds };
  }
}
