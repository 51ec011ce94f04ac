// Which type has this name?
import type { Btf } from './btf.ts';

const utf8 = /* @__PURE__ */ new TextEncoder();

/** FNV-1a over the bytes of a NUL-terminated string. */
export function hashCstr(bytes: Uint8Array, off: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let byte = bytes[off]!; byte !== 0; byte = bytes[++off]!) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** UTF-8 bytes of a text and a terminating NUL; undefined when it holds a NUL, as no name does. */
export function nameBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0) return undefined;
    if (code >= 0x80) return text.includes('\0') ? undefined : utf8.encode(`${text}\0`);
    bytes[i] = code;
  }
  return bytes;
}

/** Whether the NUL-terminated strings at two offsets are equal. */
export function equalCstr(a: Uint8Array, aOff: number, b: Uint8Array, bOff: number): boolean {
  for (;;) {
    const byte = a[aOff++]!;
    if (byte !== b[bOff++]!) return false;
    if (byte === 0) return true;
  }
}

/** All strings of a BTF and those it is split on, so that an offset is an index. */
export function joinStrings(btf: Btf): Uint8Array {
  const joined = new Uint8Array(btf.strStart + btf.strings.length);
  for (let part: Btf | undefined = btf; part !== undefined; part = part.base) joined.set(part.strings, part.strStart);
  return joined;
}

/**
 * An open-addressing hash from names to types, over the bytes of the string section: no string is ever created.
 * Types of one name form a chain in ascending order.
 */
export class NameIndex {
  readonly #strings: Uint8Array;
  /** Per slot: 1 + index of the first type of a name; 0 when free. */
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  /** Per type: 1 + index of the next type of the same name; 0 at the end. */
  readonly #next: Int32Array;
  readonly #nameOffs: Uint32Array;

  /**
   * @param strings the bytes that offsets point into
   * @param nameOffs name offset of each type; 0 when anonymous (or not to be found)
   */
  constructor(strings: Uint8Array, nameOffs: Uint32Array) {
    const count = nameOffs.length;
    let size = 16;
    while (size < 2 * count) size *= 2;
    this.#strings = strings;
    this.#nameOffs = nameOffs;
    this.#slots = new Int32Array(size);
    this.#hashes = new Int32Array(size);
    this.#next = new Int32Array(count);
    // Backwards, so that each new type goes in front of its chain.
    for (let idx = count - 1; idx >= 0; idx--) {
      const off = nameOffs[idx]!;
      if (off === 0 || strings[off] === 0) continue;
      const hash = hashCstr(strings, off);
      const slot = this.#findSlot(hash, strings, off);
      this.#next[idx] = this.#slots[slot]!;
      this.#slots[slot] = idx + 1;
      this.#hashes[slot] = hash;
    }
  }

  #findSlot(hash: number, bytes: Uint8Array, off: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    const same = bytes === this.#strings;
    let slot = hash & mask;
    for (;;) {
      const head = slots[slot]!;
      if (head === 0) return slot;
      if (hashes[slot] === hash) {
        const headOff = this.#nameOffs[head - 1]!;
        if ((same && headOff === off) || equalCstr(this.#strings, headOff, bytes, off)) return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  /**
   * Index of the first type with a name; -1 when there is none. Follow with {@link NameIndex.next}.
   *
   * @param name UTF-8 with a terminating NUL, see {@link nameBytes}
   */
  first(name: Uint8Array): number {
    return this.#slots[this.#findSlot(hashCstr(name, 0), name, 0)]! - 1;
  }

  /** Index of the next type with the same name; -1 when there is none. */
  next(idx: number): number {
    return this.#next[idx]! - 1;
  }
}
