// How are records held while a BTF is being built?
import { ByteWriter, HOST_LITTLE_ENDIAN } from '@rootlet/bytes';
import { BTF_HEADER_BYTES, BTF_MAGIC, BTF_VERSION } from './header.ts';
import { recordLength } from './remap.ts';
import { swapWords } from './words.ts';

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

  constructor(words = 256) {
    this.words = new Uint32Array(words);
    this.#offs = new Uint32Array(64);
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
    if (!this.#inOrder && this.at(last) + recordLength(this.words, this.at(last)) !== this.end) this.move(last, 0);
    return this.#reserve(length);
  }

  /** Moves a record to the end and gives it `length` words more (or fewer). @returns its new word index */
  move(idx: number, length: number): number {
    const from = this.at(idx);
    const have = recordLength(this.words, from);
    const at = this.#reserve(have + Math.max(0, length));
    this.words.copyWithin(at, from, from + have);
    this.#offs[idx] = at;
    this.#inOrder = false;
    return at;
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
    const out = new Uint32Array(this.end);
    let end = 0;
    for (let idx = 0; idx < this.count; idx++) {
      const at = this.at(idx);
      const length = recordLength(this.words, at);
      out.set(this.words.subarray(at, at + length), end);
      end += length;
    }
    return out.slice(0, end);
  }
}

/**
 * A `.BTF` blob from its parts: the 24-byte header, types, strings.
 *
 * @param words records in host order; may be changed by this call
 */
export function encodeBlob(words: Uint32Array<ArrayBuffer>, strings: Uint8Array, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const typeLen = 4 * words.length;
  const header = new ByteWriter(littleEndian, BTF_HEADER_BYTES);
  header.writeU16(BTF_MAGIC).writeU8(BTF_VERSION).writeU8(0).writeU32(BTF_HEADER_BYTES);
  header.writeU32(0).writeU32(typeLen).writeU32(typeLen).writeU32(strings.length);
  if (littleEndian !== HOST_LITTLE_ENDIAN) swapWords(words);
  const bytes = new Uint8Array(BTF_HEADER_BYTES + typeLen + strings.length);
  bytes.set(header.finish());
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, typeLen), BTF_HEADER_BYTES);
  bytes.set(strings, BTF_HEADER_BYTES + typeLen);
  return bytes;
}
