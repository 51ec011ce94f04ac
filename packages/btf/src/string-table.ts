// Where in the string section does this text stand, and must it be added?
import { decodeUtf8 } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { equalCstr, hashCstr, joinStrings, nameBytes } from './names.ts';

/** Longest string section that offsets are sure to reach in every reader. */
const MAX_STRING_BYTES = 0xffff_ffff;

/** A growing string section in which every text stands once. Offsets are those of the BTF: a base's strings come first. */
export class StringTable {
  /** Offset of the first own string. */
  readonly start: number;
  /** The base's strings and the own ones; an offset is an index. */
  #bytes: Uint8Array<ArrayBuffer>;
  #length: number;
  /** Per slot: offset + 1; 0 when free. Built when a text is first looked for. */
  #slots: Int32Array | undefined;
  #count = 0;

  /**
   * @param base strings that stand before, and are found, but not written again
   * @param own strings to begin with, e.g. those of a parsed BTF; their offsets stay
   */
  constructor(base: Btf | undefined, own?: Uint8Array) {
    this.start = base === undefined ? 0 : base.strStart + base.strings.length;
    const first = own ?? new Uint8Array(base === undefined ? 1 : 0);
    this.#length = this.start + first.length;
    this.#bytes = new Uint8Array(Math.max(256, this.#length * 2 - this.start));
    if (base !== undefined) this.#bytes.set(joinStrings(base));
    this.#bytes.set(first, this.start);
  }

  /** One more than the last offset. */
  get end(): number {
    return this.#length;
  }

  /** The own strings. Shares memory until the next addition. */
  get ownBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.start, this.#length);
  }

  /** Text at an offset. */
  read(off: number): string {
    return decodeUtf8(this.#bytes, off, this.#bytes.indexOf(0, off));
  }

  /** Offset of a text; undefined when it is not there. */
  find(text: string): number | undefined {
    if (text === '') return 0;
    const bytes = nameBytes(text);
    if (bytes === undefined) return undefined;
    const found = this.#index()[this.#findSlot(hashCstr(bytes, 0), bytes, 0)]!;
    return found === 0 ? undefined : found - 1;
  }

  /** Offset of a text, which is added when it is not there. @throws RangeError for text with NUL */
  add(text: string): number {
    const bytes = nameBytes(text);
    if (bytes === undefined) throw new RangeError('btf: a name cannot hold NUL');
    return this.addBytes(bytes, 0);
  }

  /** Offset of the NUL-terminated string at `off` of other bytes, which is added when it is not there. */
  addBytes(bytes: Uint8Array, off: number): number {
    if (bytes[off] === 0) return 0;
    this.#index();
    if (2 * this.#count >= this.#slots!.length) this.#rehash(this.#slots!.length * 2);
    const slot = this.#findSlot(hashCstr(bytes, off), bytes, off);
    const found = this.#slots![slot]!;
    if (found !== 0) return found - 1;
    const end = bytes.indexOf(0, off) + 1;
    const at = this.#length;
    if (at + end - off > MAX_STRING_BYTES) throw new RangeError('btf: string section too large');
    if (at + end - off > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + end - off));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    // Most are so short that a view of them takes longer than a loop.
    if (end - off > 64) this.#bytes.set(bytes.subarray(off, end), at);
    else for (let from = off, to = at; from < end; ) this.#bytes[to++] = bytes[from++]!;
    this.#length = at + end - off;
    this.#slots![slot] = at + 1;
    this.#count++;
    return at;
  }

  #findSlot(hash: number, bytes: Uint8Array, off: number): number {
    const slots = this.#slots!;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const found = slots[slot]!;
      if (found === 0 || equalCstr(this.#bytes, found - 1, bytes, off)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #index(): Int32Array {
    return this.#slots ?? this.#rehash(64);
  }

  /** Builds the index over all strings that begin after a NUL. */
  #rehash(minSize: number): Int32Array {
    const end = this.#length;
    let size = minSize;
    // Strings are 16 bytes long on average in kernels; too small a guess grows again.
    while (size * 8 < end) size *= 2;
    this.#slots = new Int32Array(size);
    this.#count = 0;
    for (let off = 1; off < end; ) {
      const next = this.#bytes.indexOf(0, off) + 1;
      if (next > off + 1) {
        if (2 * this.#count >= this.#slots.length) return this.#rehash(size * 2);
        const slot = this.#findSlot(hashCstr(this.#bytes, off), this.#bytes, off);
        if (this.#slots[slot] === 0) {
          this.#slots[slot] = off + 1;
          this.#count++;
        }
      }
      off = next;
    }
    return this.#slots;
  }
}
