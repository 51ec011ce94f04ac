// How are words of a BTF changed, and types added, without its ids moving?
import type { Btf } from '@rootlet/btf';

/** Mask of the variable count, or of a FUNC's linkage, in the info word. */
const LOW16 = 0xffff;

/** A copy of a BTF's bytes in which words of the type section are overwritten and types appended. */
export class BtfPatch {
  readonly #btf: Btf;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #data: DataView;
  readonly #typesOff: number;
  readonly #added: number[][] = [];

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#bytes = new Uint8Array(btf.bytes);
    this.#data = new DataView(this.#bytes.buffer);
    this.#typesOff = this.#u32(4) + this.#u32(8);
  }

  setWord(wordIdx: number, value: number): void {
    this.#data.setUint32(this.#typesOff + 4 * wordIdx, value, this.#btf.littleEndian);
  }

  /** Sets the low 16 bits of a word and keeps the rest. */
  setLow16(wordIdx: number, value: number): void {
    this.setWord(wordIdx, ((this.#u32(this.#typesOff + 4 * wordIdx) & ~LOW16) | value) >>> 0);
  }

  /** Appends a type. @param words its record @returns its id */
  addType(words: readonly number[]): number {
    return this.#btf.typeCount - 1 + this.#added.push([...words]);
  }

  /** The changed BTF. Strings that stood behind the types move; a string section that stands before them stays. */
  finish(): Uint8Array<ArrayBuffer> {
    const words = this.#added.flat();
    if (words.length === 0) return this.#bytes;
    const headerLen = this.#u32(4);
    const typesEnd = this.#typesOff + this.#u32(12);
    const out = new Uint8Array(this.#bytes.length + 4 * words.length);
    out.set(this.#bytes.subarray(0, typesEnd));
    out.set(this.#bytes.subarray(typesEnd), typesEnd + 4 * words.length);
    const data = new DataView(out.buffer);
    words.forEach((word, idx) => data.setUint32(typesEnd + 4 * idx, word, this.#btf.littleEndian));
    data.setUint32(12, this.#u32(12) + 4 * words.length, this.#btf.littleEndian);
    if (headerLen + this.#u32(16) >= typesEnd) data.setUint32(16, this.#u32(16) + 4 * words.length, this.#btf.littleEndian);
    return out;
  }

  #u32(byteOff: number): number {
    return this.#data.getUint32(byteOff, this.#btf.littleEndian);
  }
}
