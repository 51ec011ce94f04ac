// How are records held while a BTF is being built?
import type { Btf } from './btf.ts';
import type { BtfLayout } from './layout.ts';
import { recordLength } from './remap.ts';

/** A growing sequence of records. A record that grows later moves to the end; its number stays. */
export class RecordList {
  /** The words of all records; only those below {@link RecordList.end} are in use. */
  words: Uint32Array<ArrayBuffer>;
  /** Words in use. */
  end = 0;
  /** Records. */
  count = 0;
  #offs: Uint32Array<ArrayBuffer>;
  /** Whether records stand in the order of their numbers, one after the other. */
  #inOrder = true;
  /** Lengths of records whose kind is not known. */
  readonly #layout: BtfLayout | undefined;

  constructor(words = 256, records = 64, layout?: BtfLayout) {
    this.words = new Uint32Array(words);
    this.#offs = new Uint32Array(records);
    this.#layout = layout;
  }

  /** A list of a BTF's own records as they are. @param layout the BTF's own, if it has one */
  static from(btf: Btf, layout: BtfLayout | undefined): RecordList {
    const list = new RecordList(btf.words.length, Math.max(1, btf.typeCount - btf.startId), layout);
    list.words.set(btf.words);
    list.end = btf.words.length;
    for (let id = btf.startId; id < btf.typeCount; id++) list.#offs[list.count++] = btf.recordIdx(id);
    return list;
  }

  /** Words of a record. */
  lengthOf(idx: number): number {
    return recordLength(this.words, this.at(idx), this.#layout);
  }

  /** Word index of a record. */
  at(idx: number): number {
    return this.#offs[idx]!;
  }

  /** Appends a record of `length` zero words. @returns its word index */
  append(length: number): number {
    const at = this.#reserve(length);
    if (this.count === this.#offs.length) {
      const grown = new Uint32Array(2 * this.#offs.length);
      grown.set(this.#offs);
      this.#offs = grown;
    }
    this.#offs[this.count++] = at;
    return at;
  }

  /** Lengthens the last record by zero words. @returns index of the first new word */
  extend(length: number): number {
    const last = this.count - 1;
    if (!this.#inOrder && this.at(last) + this.lengthOf(last) !== this.end) this.move(last, 0);
    return this.#reserve(length);
  }

  /** Moves a record to the end and gives it `length` words more (or fewer). @returns its new word index */
  move(idx: number, length: number): number {
    const from = this.at(idx);
    const have = this.lengthOf(idx);
    const at = this.#reserve(have + Math.max(0, length));
    this.words.copyWithin(at, from, from + have);
    this.#offs[idx] = at;
    this.#inOrder = false;
    return at;
  }

  /** Gives record `idx` the number `order[idx]`; the caller knows that this is a permutation. */
  reorder(order: ArrayLike<number>): void {
    const offs = new Uint32Array(this.#offs.length);
    for (let idx = 0; idx < this.count; idx++) offs[order[idx]!] = this.at(idx);
    this.#offs = offs;
    this.#inOrder = false;
  }

  #reserve(length: number): number {
    const at = this.end;
    if (at + length > this.words.length) {
      const grown = new Uint32Array(Math.max(2 * this.words.length, at + length));
      grown.set(this.words.subarray(0, at));
      this.words = grown;
    }
    this.end = at + length;
    return at;
  }

  /** A copy of all words in the order of record numbers. */
  finish(): Uint32Array<ArrayBuffer> {
    if (this.#inOrder) return this.words.slice(0, this.end);
    // A permutation keeps all words in use, moved records leave holes.
    const out = new Uint32Array(this.end);
    let end = 0;
    for (let idx = 0; idx < this.count; idx++) {
      const at = this.at(idx);
      const length = this.lengthOf(idx);
      out.set(this.words.subarray(at, at + length), end);
      end += length;
    }
    return out.slice(0, end);
  }
}
